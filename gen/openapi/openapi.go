// Package openapi carries the description of the REST API.
//
// The document is generated from proto/ (`make generate`); this file is not.
package openapi

import _ "embed"

//go:embed redress.swagger.json
var document string

// Document returns the OpenAPI 2.0 document, as JSON, of all methods that REST
// clients can call.
func Document() string {
	return document
}
