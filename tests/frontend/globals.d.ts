// Leaflet is loaded as a file of its own and leaves one global, which only map/base.js reads.
import type * as Leaflet from "leaflet";
declare global {
  interface Window {
    L: typeof Leaflet;
  }
}
