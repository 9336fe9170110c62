"use strict";

SwaggerUIBundle({
  dom_id: "#docs",
  url: "/v1/openapi.json",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
