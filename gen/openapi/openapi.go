// Package openapi carries the description of the REST API.
//
// redress.swagger.json is generated from proto/ (`make generate`). What the
// generator cannot describe, methods whose bodies are files, is in files.json;
// both that and this file are written by hand.
package openapi

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
)

//go:embed redress.swagger.json
var document []byte

//go:embed files.json
var files []byte

// Document returns the OpenAPI 2.0 document, as JSON, of all methods that REST
// clients can call. It fails when one of the embedded files is damaged.
func Document() ([]byte, error) {
	var whole map[string]json.RawMessage
	var paths, more map[string]map[string]json.RawMessage
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, fmt.Errorf("openapi: redress.swagger.json: %w", err)
	}
	if err := json.Unmarshal(whole["paths"], &paths); err != nil {
		return nil, fmt.Errorf("openapi: redress.swagger.json: %w", err)
	}
	if err := json.Unmarshal(files, &more); err != nil {
		return nil, fmt.Errorf("openapi: files.json: %w", err)
	}
	for path, methods := range more {
		if paths[path] == nil {
			paths[path] = methods
			continue
		}
		maps.Copy(paths[path], methods)
	}
	var err error
	if whole["paths"], err = json.Marshal(paths); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return json.MarshalIndent(whole, "", "  ")
}
