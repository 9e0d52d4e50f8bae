// The page of the HTTP API. Everything comes from this server: the validator badge of swagger.io is switched off.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#calls",
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
