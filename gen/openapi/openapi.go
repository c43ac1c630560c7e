// Package openapi carries the description of the REST API.
//
// redress.swagger.json is generated from proto/ (`make generate`). What the
// generator cannot describe, methods whose bodies are files, is in files.json,
// with the definitions that only they need; both that and this file are written
// by hand.
package openapi

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

//go:embed redress.swagger.json
var document []byte

//go:embed files.json
var files []byte

// described is what files.json has.
type described struct {
	Paths       map[string]map[string]json.RawMessage `json:"paths"`
	Definitions map[string]json.RawMessage            `json:"definitions"`
	Tags        []json.RawMessage                     `json:"tags"`
}

// Document returns the OpenAPI 2.0 document, as JSON, of all methods that REST
// clients can call. It fails when one of the embedded files is damaged.
func Document() ([]byte, error) {
	var whole map[string]json.RawMessage
	var all, more described
	if err := errors.Join(json.Unmarshal(document, &whole), json.Unmarshal(document, &all)); err != nil {
		return nil, fmt.Errorf("openapi: redress.swagger.json: %w", err)
	}
	if err := json.Unmarshal(files, &more); err != nil {
		return nil, fmt.Errorf("openapi: files.json: %w", err)
	}
	for path, methods := range more.Paths {
		if all.Paths[path] == nil {
			all.Paths[path] = methods
			continue
		}
		maps.Copy(all.Paths[path], methods)
	}
	maps.Copy(all.Definitions, more.Definitions)
	all.Tags = append(all.Tags, more.Tags...)
	for section, content := range map[string]any{"paths": all.Paths, "definitions": all.Definitions, "tags": all.Tags} {
		var err error
		if whole[section], err = json.Marshal(content); err != nil {
			return nil, fmt.Errorf("openapi: %w", err)
		}
	}
	return json.MarshalIndent(whole, "", "  ")
}
