package gateway

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"unicode/utf8"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// maxFormField is the longest field of a form but for the file.
const maxFormField = 4 << 10

// form is an upload as it comes over HTTP: the file as the body itself, or as a part of a form.
type form struct {
	metadata *intakev1.UploadMetadata
	// content is the file.
	content *ending
	// parts is nil where the body is the file.
	parts *multipart.Reader
	body  *ending
}

// formError is what is wrong with a form.
type formError struct {
	problem *errorv1.Problem
	status  int
}

// Error implements error.
func (b *formError) Error() string { return b.problem.GetMessage() }

func badRequest(p *errorv1.Problem) *formError {
	return &formError{problem: p, status: http.StatusBadRequest}
}

// unreadableForm is a body that could not be read to its end.
func unreadableForm(err error) error {
	p, httpStatus := unreadable(err)
	return &formError{problem: p, status: httpStatus}
}

// formOf reads what stands before the content. Of a form, the fields message and fileName may come before the part file, and
// nothing after it, so that the file can be passed on while it comes.
func formOf(r *http.Request, body io.Reader) (*form, error) {
	f := &form{metadata: &intakev1.UploadMetadata{Message: r.URL.Query().Get("message")}, body: &ending{Reader: body}}
	sent := r.Header.Get("Content-Type")
	kind, parameters, err := mime.ParseMediaType(sent)
	if sent != "" && err != nil {
		return nil, badRequest(fieldProblem("Content-Type", "is not a media type"))
	}
	if kind == "multipart/form-data" {
		if parameters["boundary"] == "" {
			return nil, badRequest(problem(errorv1.Reason_MALFORMED_BODY, "The form's Content-Type has no boundary."))
		}
		f.parts = multipart.NewReader(f.body, parameters["boundary"])
		if err := f.begin(); err != nil {
			return nil, err
		}
		return f, f.check()
	}
	f.metadata.MediaType, f.content = sent, f.body
	f.metadata.SizeBytes = max(r.ContentLength, 0)
	if sent := r.Header.Get("Content-Disposition"); sent != "" {
		_, parameters, err := mime.ParseMediaType(sent)
		if err != nil {
			return nil, badRequest(fieldProblem("Content-Disposition", `is malformed; write attachment; filename*=UTF-8''name`))
		}
		f.metadata.FileName = parameters["filename"]
	}
	return f, f.check()
}

// begin reads the parts up to the file.
func (f *form) begin() error {
	given := map[string]bool{"message": f.metadata.GetMessage() != ""}
	for {
		part, err := f.parts.NextPart()
		if err == io.EOF { // A wrapped one is a form that breaks off.
			return badRequest(fieldProblem("file", "is missing: the form has no part of this name"))
		}
		if err != nil {
			return malformedForm(f.body)
		}
		name := part.FormName()
		switch {
		case given[name]:
			return badRequest(fieldProblem(name, "given more than once; give it once"))
		case name == "file":
			f.metadata.MediaType, f.content = part.Header.Get("Content-Type"), &ending{Reader: part}
			if f.metadata.GetFileName() == "" {
				f.metadata.FileName = part.FileName()
			}
			return nil
		case name == "message" || name == "fileName":
			text, err := fieldOf(part, name)
			if err != nil {
				return err
			}
			f.set(name, text)
			given[name] = true
		default:
			return unknownPart(name)
		}
	}
}

func (f *form) set(name, text string) {
	if name == "message" {
		f.metadata.Message = text
		return
	}
	f.metadata.FileName = text
}

// fieldOf reads a field of the form.
func fieldOf(part *multipart.Part, name string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
	if err != nil {
		return "", unreadableForm(err)
	}
	if len(text) > maxFormField {
		return "", badRequest(fieldProblem(name, fmt.Sprintf("is longer than %d bytes", maxFormField)))
	}
	return string(text), nil
}

// check wants text that gRPC can carry.
func (f *form) check() error {
	for _, text := range []string{f.metadata.GetFileName(), f.metadata.GetMediaType(), f.metadata.GetMessage()} {
		if !utf8.ValidString(text) {
			return badRequest(problem(errorv1.Reason_INVALID_UTF8, "The file's name, or another field, is not valid UTF-8; encode text as UTF-8."))
		}
	}
	return nil
}

// end wants nothing behind the file. A transfer that breaks off there is noticed by its length.
func (f *form) end() error {
	if f.parts == nil {
		return nil
	}
	part, err := f.parts.NextPart()
	switch {
	case err == io.EOF: // A wrapped one is a form that breaks off.
		return nil
	case err != nil:
		return malformedForm(f.body)
	case part.FormName() == "file":
		return badRequest(fieldProblem("file", "given more than once; send each file by a call of its own"))
	case part.FormName() == "message", part.FormName() == "fileName":
		return badRequest(fieldProblem(part.FormName(), "comes after the file; the file must be the last part of the form"))
	default:
		return unknownPart(part.FormName())
	}
}

// unknownPart is a part that the form does not have.
func unknownPart(name string) error {
	if !utf8.ValidString(name) {
		return badRequest(problem(errorv1.Reason_INVALID_UTF8, "The name of a part is not valid UTF-8; encode text as UTF-8."))
	}
	p := problem(errorv1.Reason_UNKNOWN_FIELD, fmt.Sprintf("The form has no field %q; it has fileName, message and file.", name))
	p.Metadata = map[string]string{"field": name}
	p.Fields = []*errorv1.FieldProblem{{Field: name, Description: "unknown field"}}
	return badRequest(p)
}

// malformedForm is a form that breaks off, or is none.
func malformedForm(body *ending) error {
	if body.err != nil {
		return unreadableForm(body.err)
	}
	return badRequest(problem(errorv1.Reason_MALFORMED_BODY, "The body is not a well-formed multipart form, or breaks off."))
}

// ending notes how reading has ended.
type ending struct {
	io.Reader

	// whole is true when the end came, and err is what came instead.
	whole bool
	err   error
}

// Read implements io.Reader.
func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		e.whole = true
	case err != nil:
		e.err = err
	}
	return n, err
}
