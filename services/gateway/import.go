package gateway

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// linesAhead is how many lines are on their way; more wait with the client.
const linesAhead = 256

// imports answers POST /v1/complaints:import (REC-8): a line of JSON a row comes in, a line of JSON an outcome goes out, at the
// same time, in the same order, and never more than linesAhead of them in memory.
type imports struct {
	client   intakev1.ImportServiceClient
	json     *strictJSON
	maxBytes int
}

func newImports(maxBytes int64, deps EdgeDeps) http.Handler {
	return imports{client: intakev1.NewImportServiceClient(deps.Conn), json: newStrictJSON(), maxBytes: int(maxBytes)}
}

// ServeHTTP refuses what cannot be begun with a status of its own. Once rows are answered, the status is 200, and an import that
// breaks off ends with a line that has a problem and no row.
func (im imports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name(r.Context(), r.URL.Path)
	if r.Method != http.MethodPost {
		notAllowed(w, r, []string{http.MethodPost})
		return
	}
	if refused, httpStatus := checkHeaders(r.Header); refused != nil {
		write(w, httpStatus, refused)
		return
	}
	options, refused := importOptions(r.URL.RawQuery)
	if refused != nil {
		write(w, http.StatusBadRequest, refused)
		return
	}
	_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 can do without.
	// Who answers before the body has ended cannot use the connection again, and net/http does not know that.
	w.Header().Set("Connection", "close")
	sent := patientReader(w, r.Body, linePatience)
	body, err := unpacked(r, sent)
	if err != nil {
		write(w, http.StatusBadRequest, problem(errorv1.Reason_MALFORMED_BODY, "The body says that it is gzip, and is not."))
		return
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	if token := r.Header.Get("Authorization"); token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", token)
	}
	stream, err := im.client.ImportComplaints(ctx)
	if err != nil {
		refuse(r.Context(), w, err)
		return
	}
	lines, done := make(chan line, linesAhead), make(chan struct{})
	go func() {
		defer close(done)
		im.send(ctx, stream, options, bufio.NewReaderSize(body, 64<<10), lines)
	}()
	out := &outcomes{w: w, answer: patientWriter(w, linePatience)}
	out.end(r.Context(), im.answer(stream, lines, out), stream)
	// Nothing may read the body after this.
	stop()
	sent.end()
	<-done
}

// unpacked is the body as it was before it was compressed.
func unpacked(r *http.Request, body io.Reader) (io.Reader, error) {
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		return gzip.NewReader(body)
	}
	return body, nil
}

// line is a line of the body that waits for its outcome; problem is that outcome where the line is no row.
type line struct {
	number  int32
	problem *errorv1.Problem
	// externalID is the row's own key where the line is no row, as far as it could be read.
	externalID string
	// broken ends the import.
	broken error
}

// send reads lines and sends those that are rows.
func (im imports) send(ctx context.Context, stream intakev1.ImportService_ImportComplaintsClient, options *intakev1.ImportOptions, body *bufio.Reader, lines chan<- line) {
	defer close(lines)
	begin := &intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Options{Options: options}}
	if stream.Send(begin) != nil {
		return // Recv tells why.
	}
	for number := int32(1); ; number++ {
		text, tooLong, err := readLine(body, im.maxBytes)
		if err != nil && !errors.Is(err, io.EOF) {
			put(ctx, lines, line{broken: status.Error(codes.Canceled, "The body could not be read to its end.")})
			return
		}
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if text = bytes.TrimSpace(text); len(text) > 0 || tooLong {
			next := line{number: number}
			row := &intakev1.ImportRow{}
			if next.problem = im.read(text, tooLong, row); next.problem != nil {
				next.externalID = externalID(text)
			} else {
				sent := stream.Send(&intakev1.ImportComplaintsRequest{Step: &intakev1.ImportComplaintsRequest_Row{Row: row}})
				if sent != nil {
					put(ctx, lines, next) // Recv tells why.
					return
				}
			}
			if !put(ctx, lines, next) {
				return
			}
		}
		if err != nil {
			_ = stream.CloseSend() // It never fails.
			return
		}
	}
}

// put gives a line a place in the row of those that wait, unless nobody waits any more.
func put(ctx context.Context, lines chan<- line, next line) bool {
	select {
	case lines <- next:
		return true
	case <-ctx.Done():
		return false
	}
}

// read makes a row of a line, or says what is wrong with it.
func (im imports) read(text []byte, tooLong bool, row *intakev1.ImportRow) *errorv1.Problem {
	if tooLong {
		p := problem(errorv1.Reason_BODY_TOO_LARGE, fmt.Sprintf("The line is longer than %d bytes.", im.maxBytes))
		p.Code, p.Metadata = codeName(codes.ResourceExhausted), map[string]string{"limit_bytes": strconv.Itoa(im.maxBytes)}
		return p
	}
	err := im.json.NewDecoder(bytes.NewReader(text)).Decode(row)
	if wrong, ok := errors.AsType[marked](err); ok {
		return wrong.problem
	}
	return nil
}

// externalID finds the key of a line that is no row; empty when it is no object of JSON with one.
func externalID(text []byte) string {
	var row struct {
		ExternalID string `json:"externalId"`
	}
	if !utf8.Valid(text) || json.Unmarshal(text, &row) != nil {
		return ""
	}
	return row.ExternalID
}

// readLine reads up to the end of a line, of which it keeps as much as the limit allows.
func readLine(r *bufio.Reader, limit int) (text []byte, tooLong bool, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(text)+len(piece) > limit+1; tooLong {
			text = nil
		} else {
			text = append(text, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, tooLong, err
		}
	}
}

// answer writes the outcomes of lines in their order. The error is why the import breaks off.
func (im imports) answer(stream intakev1.ImportService_ImportComplaintsClient, lines <-chan line, out *outcomes) error {
	for next := range lines {
		outcome := &intakev1.ImportComplaintsResponse{ExternalId: next.externalID, Problem: next.problem}
		switch {
		case next.broken != nil:
			return next.broken
		case next.problem == nil:
			var err error
			if outcome, err = stream.Recv(); err != nil {
				return err
			}
			if outcome.GetProblem() != nil {
				route{}.place(outcome.GetProblem())
			}
		}
		outcome.Row = next.number
		if err := out.write(outcome, len(lines) == 0); err != nil {
			return err
		}
	}
	_, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// outcomes is the body of the answer.
type outcomes struct {
	w      http.ResponseWriter
	answer *patientAnswer
	begun  bool
}

// write writes a line, and has it sent when nothing follows at once.
func (o *outcomes) write(outcome *intakev1.ImportComplaintsResponse, flush bool) error {
	text, err := protojson.Marshal(outcome)
	if err != nil {
		return err
	}
	o.begin()
	if _, err = o.answer.Write(append(text, '\n')); err == nil && flush {
		err = o.answer.flush()
	}
	return err
}

func (o *outcomes) begin() {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", "application/x-ndjson")
		o.w.WriteHeader(http.StatusOK)
	}
}

// end ends the answer. An import that broke off before anything was answered is an error like any other; after that it is the
// last line.
func (o *outcomes) end(ctx context.Context, err error, stream intakev1.ImportService_ImportComplaintsClient) {
	if err == nil {
		o.begin()
		return
	}
	blame(ctx, err)
	st := status.Convert(err)
	p, httpStatus := problemOf(st)
	p.TraceId = traceOf(runtime.NewServerMetadataContext(ctx, runtime.ServerMetadata{TrailerMD: stream.Trailer()}))
	if o.begun {
		_ = o.write(&intakev1.ImportComplaintsResponse{Problem: p}, true) // Whoever is gone needs no ending.
		return
	}
	if st.Code() == codes.Unauthenticated {
		o.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	retryAfter(o.w, st)
	write(o.w, httpStatus, p)
}

// importOptions reads the query.
func importOptions(query string) (*intakev1.ImportOptions, *errorv1.Problem) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, problem(errorv1.Reason_INVALID_FIELD, "The query is malformed.")
	}
	options := &intakev1.ImportOptions{}
	for _, parameter := range sortedKeys(values) {
		if len(values[parameter]) > 1 {
			return nil, fieldProblem(parameter, "given more than once; give it once")
		}
		value := values.Get(parameter)
		var wrong error
		switch parameter {
		case "importId":
			options.ImportId = value
		case "source":
			options.Source = value
		case "notifyCustomers":
			options.NotifyCustomers, wrong = strconv.ParseBool(value)
		case "dryRun":
			options.DryRun, wrong = strconv.ParseBool(value)
		default:
			p := problem(errorv1.Reason_UNKNOWN_PARAMETER, fmt.Sprintf("The method has no parameter %q.", parameter))
			p.Metadata = map[string]string{"parameter": parameter}
			return nil, p
		}
		if wrong != nil {
			return nil, fieldProblem(parameter, "the value is no true or false")
		}
	}
	if strings.TrimSpace(options.GetSource()) == "" {
		return nil, fieldProblem("source", "must name where the rows come from, for example crm-2019: external ids are told apart within it")
	}
	return options, nil
}
