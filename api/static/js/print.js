// A button that prints the page. Without this module it is not there, and people print as they print any page.

for (const button of document.querySelectorAll("button[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => window.print());
}
