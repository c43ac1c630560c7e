package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/shape"
)

// jsonSpace is what JSON takes for white space.
const jsonSpace = " \t\r\n"

// strictJSON is the JSON of the REST interface: camelCase names, enum values by name, and nothing accepted that the contract
// does not name.
type strictJSON struct {
	runtime.JSONPb

	rules bodyRules
}

func newStrictJSON() *strictJSON {
	return &strictJSON{
		JSONPb: runtime.JSONPb{
			MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true},
		},
		rules: bodyRules{
			located:   regexp.MustCompile(`^(?:syntax error )?\(line (\d+):(\d+)\): (.*)$`),
			unknown:   regexp.MustCompile(`^unknown field "`),
			duplicate: regexp.MustCompile(`^duplicate (field|map key) "`),
			badValue:  regexp.MustCompile(`^invalid value for (\w+) field `),
			badTime:   regexp.MustCompile(`^(?:invalid )?google\.protobuf\.(\w+) value`),
		},
	}
}

// NewDecoder returns a decoder that reads the whole body, which must be exactly one JSON value. Its errors are problems
// written as text, because the generated handlers keep only an error's text; unmark reads them back.
func (s *strictJSON) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		body, err := io.ReadAll(r)
		if err != nil {
			refused, _ := unreadable(err)
			return marked{refused}
		}
		body = bytes.Trim(body, jsonSpace)
		if len(body) == 0 {
			return io.EOF // An empty body is an empty request: validation says which fields are missing.
		}
		// What can be read needs no second look: this decoder accepts exactly one
		// object of the request's kind.
		if message, ok := v.(proto.Message); ok && body[0] == '{' && s.UnmarshalOptions.Unmarshal(body, message) == nil {
			return nil
		}
		if refused := oneObject(body); refused != nil {
			return marked{refused}
		}
		if err := s.Unmarshal(body, v); err != nil {
			return marked{s.rules.problemOf(body, err, v)}
		}
		return nil
	})
}

// unreadable says why a body could not be read to its end.
func unreadable(err error) (*errorv1.Problem, int) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p := problem(errorv1.Reason_BODY_TOO_LARGE, fmt.Sprintf("The body is larger than %d bytes.", tooLarge.Limit))
		p.Code = codeName(codes.ResourceExhausted)
		p.Metadata = map[string]string{"limit_bytes": fmt.Sprint(tooLarge.Limit)}
		return p, http.StatusRequestEntityTooLarge
	}
	return problem(errorv1.Reason_MALFORMED_BODY, "The body could not be read to its end."), http.StatusBadRequest
}

// oneObject says what keeps a body from being exactly one well-formed JSON object in UTF-8; nil when nothing does.
func oneObject(body []byte) *errorv1.Problem {
	if !utf8.Valid(body) {
		return problem(errorv1.Reason_INVALID_UTF8, "The body is not valid UTF-8; encode text as UTF-8.")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return problem(errorv1.Reason_MALFORMED_BODY, fmt.Sprintf("The body is not well-formed JSON: %v.", err))
	}
	if rest := bytes.Trim(body[decoder.InputOffset():], jsonSpace); len(rest) > 0 {
		return problem(errorv1.Reason_TRAILING_BYTES, fmt.Sprintf("%d byte(s) follow the JSON value; send exactly one.", len(rest)))
	}
	if value[0] != '{' {
		return problem(errorv1.Reason_MALFORMED_BODY, "The body is not a JSON object.")
	}
	return nil
}

// bodyRules turn the decoder's messages into reasons.
type bodyRules struct {
	located, unknown, duplicate, badValue, badTime *regexp.Regexp
}

// problemOf finds what the decoder found wrong, and in which field of what is read.
func (r bodyRules) problemOf(body []byte, err error, into any) *errorv1.Problem {
	// protojson separates its prefix with an ordinary or a no-break space, at random.
	text := strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
	at := r.located.FindStringSubmatch(text)
	if at == nil {
		return problem(errorv1.Reason_MALFORMED_BODY, "The body is not well-formed JSON; check its escapes.")
	}
	field, what := fieldAt(body, at[1], at[2]), at[3]
	if field == "" {
		return problem(errorv1.Reason_MALFORMED_BODY, "The body does not fit the request: "+what+".")
	}
	if r.unknown.MatchString(what) {
		p := problem(errorv1.Reason_UNKNOWN_FIELD, fmt.Sprintf("The request has no field %q.", field))
		p.Metadata = map[string]string{"field": field}
		p.Fields = []*errorv1.FieldProblem{{Field: field, Description: "unknown field"}}
		return p
	}
	if r.duplicate.MatchString(what) {
		return fieldProblem(field, "given more than once; give it once")
	}
	if m := r.badValue.FindStringSubmatch(what); m != nil {
		if known := enumAt(into, field); m[1] == "enum" && known != nil {
			return fieldProblem(field, "must be one of "+strings.Join(shape.EnumNames(known), ", "))
		}
		return fieldProblem(field, "the value is no "+kindName(m[1]))
	}
	if m := r.badTime.FindStringSubmatch(what); m != nil {
		return fieldProblem(field, "the value is no "+kindName(m[1]))
	}
	return fieldProblem(field, "the value is not of the field's type")
}

// enumAt finds the field of a message at a path of its JSON; nil when that is none with an enum.
func enumAt(into any, path string) protoreflect.FieldDescriptor {
	message, ok := into.(proto.Message)
	if at := reflect.ValueOf(into); !ok && at.Kind() == reflect.Pointer { // A body that is one field is read into the place of it.
		message, ok = at.Elem().Interface().(proto.Message)
	}
	if !ok {
		return nil
	}
	of := message.ProtoReflect().Descriptor()
	for of != nil {
		step, rest, more := strings.Cut(path, ".")
		step, _, _ = strings.Cut(step, "[")
		field := of.Fields().ByJSONName(step)
		if field == nil {
			field = of.Fields().ByName(protoreflect.Name(step))
		}
		if field == nil || field.IsMap() {
			return nil
		}
		if !more && field.Enum() != nil {
			return field
		}
		of, path = field.Message(), rest
	}
	return nil
}

// kindName says in words what a value should have been. Values are not repeated: they may be personal.
func kindName(kind string) string {
	switch kind {
	case "enum":
		return "name of one of the field's values"
	case "Timestamp":
		return `time in RFC 3339, such as "2026-01-31T09:30:00+08:00"`
	case "Duration":
		return `duration such as "90s"`
	case "bool":
		return "true or false"
	case "int32", "int64", "uint32", "uint64":
		return "whole number that fits " + kind
	default:
		return kind
	}
}

// problemMark begins the text of a problem that passes through a generated handler as the message of a status.
const problemMark = "redress-problem:"

// marked is a problem as an error.
type marked struct{ problem *errorv1.Problem }

// Error writes the problem as text that unmark can read back.
func (m marked) Error() string {
	text, err := protojson.Marshal(m.problem)
	if err != nil {
		return m.problem.GetMessage()
	}
	return problemMark + string(text)
}

// unmark reads a problem back from the message of a status.
func unmark(message string) (*errorv1.Problem, bool) {
	text, ok := strings.CutPrefix(message, problemMark)
	if !ok {
		return nil, false
	}
	p := &errorv1.Problem{}
	return p, protojson.Unmarshal([]byte(text), p) == nil
}
