package gateway

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// routes are the REST methods by HTTP method and path pattern, "GET /v1/complaints", from the contract's own annotations.
type routes map[string]route

// route is one REST method.
type route struct {
	verb string
	path *regexp.Regexp
	// parameters are the query parameters that it takes, in both spellings: pageSize, page_size.
	parameters []string
	// input is the request, and body its field that the body is; "*" for all of it.
	input protoreflect.MessageDescriptor
	body  string
	// raw is true when the method reads the body itself, as it comes.
	raw bool
}

// routesOf reads the annotations of the given services.
func routesOf(services ...protoreflect.ServiceDescriptor) routes {
	table := routes{}
	for _, service := range services {
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			for _, rule := range rulesOf(method) {
				verb, path := pathOf(rule)
				table[verb+" "+path] = route{
					verb: verb, path: expressionOf(path), parameters: parametersOf(method.Input(), rule.GetBody(), path),
					input: method.Input(), body: rule.GetBody(),
				}
			}
		}
	}
	return table
}

// rulesOf lists the REST forms of a method; none for a method that only services call.
func rulesOf(method protoreflect.MethodDescriptor) []*annotations.HttpRule {
	options, ok := method.Options().(*descriptorpb.MethodOptions)
	if !ok || !proto.HasExtension(options, annotations.E_Http) {
		return nil
	}
	rule, ok := proto.GetExtension(options, annotations.E_Http).(*annotations.HttpRule)
	if !ok {
		return nil
	}
	return append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...)
}

func pathOf(rule *annotations.HttpRule) (verb, path string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	}
	return "", ""
}

// expressionOf turns "/v1/{name=complaints/*}:close" into an expression for the paths that it stands for.
func expressionOf(path string) *regexp.Regexp {
	variable := regexp.MustCompile(`\{[^=}]*=?([^}]*)\}`)
	plain := variable.ReplaceAllString(path, "$1")
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(plain), `\*`, "[^/:]+") + "$")
}

// parametersOf lists the fields of a request that neither the body nor the path carries.
func parametersOf(input protoreflect.MessageDescriptor, body, path string) []string {
	if body == "*" {
		return nil
	}
	var names []string
	for i := range input.Fields().Len() {
		field := input.Fields().Get(i)
		name := string(field.Name())
		if name == body || strings.Contains(path, "{"+name+"=") || strings.Contains(path, "{"+name+"}") {
			continue
		}
		names = append(names, field.JSONName(), name)
	}
	return names
}

// verbs lists the HTTP methods that a path has.
func (rs routes) verbs(path string) []string {
	var verbs []string
	for _, r := range rs {
		if r.path.MatchString(path) {
			verbs = append(verbs, r.verb)
		}
	}
	slices.Sort(verbs)
	return slices.Compact(verbs)
}

// checkQuery says what is wrong with the query of a request: parameters that the method does not know, ones given twice, and
// text that cannot be read. It is nil when nothing is. Whether values fit is found out later.
func (r route) checkQuery(query string) *errorv1.Problem {
	values, err := url.ParseQuery(query)
	if err != nil {
		return problem(errorv1.Reason_INVALID_FIELD, "The query of the URL is malformed; percent-encode its parameters.")
	}
	given := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(values[name], "")) {
			return problem(errorv1.Reason_INVALID_UTF8, "The query is not valid UTF-8; encode text as UTF-8.")
		}
		if !slices.Contains(r.parameters, name) {
			refused := problem(errorv1.Reason_UNKNOWN_PARAMETER, fmt.Sprintf("The method has no query parameter %q.", name))
			refused.Metadata = map[string]string{"parameter": name}
			refused.Fields = []*errorv1.FieldProblem{{Field: name, Description: "unknown parameter"}}
			return refused
		}
		// Both spellings of a parameter are the same parameter.
		if before, twice := given[errs.JSONPath(name)]; twice || len(values[name]) > 1 {
			return fieldProblem(name, fmt.Sprintf("given more than once%s; give it once", spelt(before, name)))
		}
		given[errs.JSONPath(name)] = name
	}
	return nil
}

// spelt explains how a parameter was given twice when it is not obvious.
func spelt(before, name string) string {
	if before == "" || before == name {
		return ""
	}
	return fmt.Sprintf(", as %s and as %s", before, name)
}
