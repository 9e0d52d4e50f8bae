from ingest.live.compiled import use

use(__path__)
