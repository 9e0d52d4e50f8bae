"""ISO base media files (ISO/IEC 14496-12), read and written: pure functions over bytes, no file, no clock, no codec.

The segment writer and the virtual clip file stand on this one piece of code; see docs/design/mp4.md.
"""
