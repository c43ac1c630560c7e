package importer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

const (
	// syncRows and syncEvery bound what a machine that loses power has to send again. A process that is killed loses less.
	syncRows  = 2000
	syncEvery = time.Second
	// outcomesBuffer is what a killed process loses at most.
	outcomesBuffer = 64 << 10
)

// Outcome is what became of a row: a line of the file of outcomes.
type Outcome struct {
	Row  int `json:"row"`
	Line int `json:"line"`
	// EndLine is the last line of a row that has several.
	EndLine    int    `json:"endLine,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
	Complaint  string `json:"complaint,omitempty"`
	Reference  string `json:"reference,omitempty"`
	Already    bool   `json:"already,omitempty"`
	// Conflict is of one that was there already, for a row that said something else.
	Conflict bool     `json:"conflict,omitempty"`
	Problem  *Problem `json:"problem,omitempty"`
}

// Problem says why a row was refused.
type Problem struct {
	Code    string         `json:"code"`
	Reason  string         `json:"reason"`
	Message string         `json:"message"`
	Fields  []FieldProblem `json:"fields,omitempty"`
}

// FieldProblem says what is wrong with one field.
type FieldProblem struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

// passes tells whether it says nothing about the row: the server failed, and may not when the row is sent again.
func (p *Problem) passes() bool {
	return p != nil && slices.Contains([]string{
		code.Code_INTERNAL.String(), code.Code_UNKNOWN.String(), code.Code_UNAVAILABLE.String(), code.Code_DEADLINE_EXCEEDED.String(),
		code.Code_CANCELLED.String(), code.Code_ABORTED.String(),
	}, p.Code)
}

func fromProblem(p *errorv1.Problem) *Problem {
	if p == nil {
		return nil
	}
	out := &Problem{Code: p.GetCode(), Reason: p.GetReason(), Message: p.GetMessage()}
	for _, field := range p.GetFields() {
		out.Fields = append(out.Fields, FieldProblem{Field: field.GetField(), Description: field.GetDescription()})
	}
	return out
}

// answered is a problem that the server found, with fields named as in mappings and rows of JSON.
func answered(p *errorv1.Problem) *Problem {
	out := fromProblem(p)
	if out == nil {
		return nil
	}
	for i, field := range out.Fields {
		path := errs.JSONPath(field.Field)
		if rest, ok := strings.CutPrefix(out.Message, field.Field+": "); ok {
			out.Message = path + ": " + rest
		}
		out.Fields[i].Field = path
	}
	return out
}

// Summary counts outcomes.
type Summary struct {
	// Rows is how many there were: Filed newly, or such as would be in a dry run, those that were there Already, and the Refused.
	Rows, Filed, Already, Refused int
	// Conflicts is how many of those that were there already said something else.
	Conflicts int
	// Failed is how many of the refused were by a fault of the server. They are sent again by the next start.
	Failed int
	// Reasons counts the refused by why.
	Reasons map[string]int
}

// add counts an outcome.
func (s *Summary) add(o *Outcome) {
	s.Rows++
	switch {
	case o.Problem != nil:
		s.Refused++
		if o.Problem.passes() {
			s.Failed++
		}
		if s.Reasons == nil {
			s.Reasons = map[string]int{}
		}
		s.Reasons[o.Problem.Reason]++
	case o.Already:
		s.Already++
		if o.Conflict {
			s.Conflicts++
		}
	default:
		s.Filed++
	}
}

// withdraw uncounts a row that failed for a reason and has another outcome now.
func (s *Summary) withdraw(reason string) {
	s.Rows--
	s.Refused--
	s.Failed--
	if s.Reasons[reason]--; s.Reasons[reason] == 0 {
		delete(s.Reasons, reason)
	}
}

// Run is what an import is told apart by: one that is gone on with must be the same.
type Run struct {
	// Digest is that of the file.
	Digest string `json:"digest"`
	// Settings are those that change what is filed.
	Settings string `json:"settings"`
}

// Digest reads a file whole and returns its digest.
func Digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// ErrOtherRun is an import that is not the one which the outcomes are of.
var ErrOtherRun = errors.New("the outcomes are those of another import: of another or a changed file, or with other settings")

// Journal is the file of outcomes, with a file beside it that says what they are the outcomes of. Of a row that stands there twice
// the later outcome counts: the server had failed before. It is for one goroutine.
type Journal struct {
	file    *os.File
	out     *bufio.Writer
	now     func() time.Time
	summary Summary
	// failed are the reasons of the rows on which the server failed.
	failed map[int]string
	// unsynced counts the outcomes since synced.
	unsynced int
	synced   time.Time
}

// OpenJournal opens the outcomes of a run to be gone on with, or begins them. What is not whole at the end is cut off. The error
// is ErrOtherRun when they are those of another run.
func OpenJournal(path string, run Run, now func() time.Time) (*Journal, error) {
	if err := sameRun(path+".state", run); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &Journal{file: file, now: now, synced: now(), failed: map[int]string{}}
	end, err := j.recover()
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	j.out = bufio.NewWriterSize(file, outcomesBuffer)
	return j, nil
}

// sameRun notes which run it is, or compares.
func sameRun(path string, run Run) error {
	text, err := os.ReadFile(path)
	if err == nil {
		var known Run
		if json.Unmarshal(text, &known) != nil || known != run {
			return ErrOtherRun
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	text, err = json.Marshal(run)
	if err != nil {
		return err
	}
	return writeWhole(path, append(text, '\n'))
}

// writeWhole writes a file so that it is there whole or not at all.
func writeWhole(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// recover counts the outcomes that are whole and returns where they end.
func (j *Journal) recover() (end int64, err error) {
	r := bufio.NewReaderSize(j.file, outcomesBuffer)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, nil // What has no end was being written.
		}
		if err != nil {
			return 0, err
		}
		outcome, whole := parseOutcome(line)
		if !whole || !j.count(&outcome) {
			return end, nil
		}
		end += int64(len(line))
	}
}

// count counts an outcome: of the next row, or another one of a row on which the server failed. False when it is of neither.
func (j *Journal) count(outcome *Outcome) bool {
	reason, again := j.failed[outcome.Row]
	switch {
	case again:
		j.summary.withdraw(reason)
		delete(j.failed, outcome.Row)
	case outcome.Row != j.summary.Rows+1:
		return false
	}
	j.summary.add(outcome)
	if outcome.Problem.passes() {
		j.failed[outcome.Row] = outcome.Problem.Reason
	}
	return true
}

// Failed are the rows on which the server failed, which may have another outcome when they are sent again.
func (j *Journal) Failed() []int { return slices.Sorted(maps.Keys(j.failed)) }

// parseOutcome reads a line of the file; false when a machine that lost power left something else there.
func parseOutcome(line []byte) (outcome Outcome, whole bool) {
	whole = json.Unmarshal(bytes.TrimSpace(line), &outcome) == nil
	return outcome, whole
}

// Summary counts the outcomes so far, those of earlier starts included.
func (j *Journal) Summary() Summary { return j.summary }

// Add notes an outcome, of the next row or of one that failed.
func (j *Journal) Add(outcome *Outcome) error {
	if !j.count(outcome) {
		return fmt.Errorf("row %d is not the one whose outcome is wanted", outcome.Row)
	}
	text, err := json.Marshal(outcome)
	if err != nil {
		return err
	}
	if _, err := j.out.Write(append(text, '\n')); err != nil {
		return err
	}
	if j.unsynced++; j.unsynced >= syncRows || j.now().Sub(j.synced) >= syncEvery {
		return j.sync()
	}
	return nil
}

func (j *Journal) sync() error {
	j.unsynced, j.synced = 0, j.now()
	return errors.Join(j.out.Flush(), j.file.Sync())
}

// Close writes what is left.
func (j *Journal) Close() error { return errors.Join(j.sync(), j.file.Close()) }
