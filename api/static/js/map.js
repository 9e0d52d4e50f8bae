/** A map on each element with data-mp-map: pick, show or cells. docs/design/web-islands.md says how a page asks for it. */

import { dataOf, start } from "./dom.js";
import { cells } from "./map/cells.js";
import { pick } from "./map/pick.js";
import { show } from "./map/show.js";

/** @type {Record<string, (host: HTMLElement, data: any) => void>} */
const VIEWS = { pick, show, cells };

start("[data-mp-map]", (host) => {
  host.classList.add("mp-map");
  VIEWS[host.dataset.mpMap ?? ""]?.(host, dataOf(host));
});
