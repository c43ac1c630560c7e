package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
	"google.golang.org/grpc/status"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/importer"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/settings"
)

// importing imports a file.
type importing struct {
	settings.Program
	protection

	Path        string        `arg:"" name:"file" help:"The file: .csv, or .jsonl with a row in each line."`
	Server      string        `env:"REDRESS_SERVER" default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where Redress, or its intake, speaks gRPC."`
	Token       string        `env:"TOKEN" secret:"true" placeholder:"TOKEN" help:"A token of a supervisor, manager, executive or service."`
	Mapping     string        `placeholder:"FILE" help:"YAML file that says what the columns of a CSV mean; without one they have the names of fields."`
	Encoding    string        `default:"utf-8" placeholder:"NAME" help:"How the file is written: utf-8, gb18030, gbk, big5, utf-16le …"`
	DryRun      bool          `help:"Judge the rows and file none."`
	Notify      bool          `name:"notify-customers" help:"Acknowledge open complaints to their customers."`
	Source      string        `placeholder:"NAME" help:"Names where the rows come from, such as crm-2019; their external ids are told apart within it."`
	ImportID    string        `placeholder:"NAME" help:"Names this import on the record of what it files."`
	Outcomes    string        `placeholder:"FILE" help:"Where to write what became of each row. By default the file's name with .outcomes.jsonl, or .dry-run.jsonl."`
	Concurrency int           `default:"256" placeholder:"ROWS" help:"How many rows are under way at a time."`
	Patience    time.Duration `default:"2m" placeholder:"TIME" help:"How long a server that is away is waited for."`
}

// Uses implements settings.Selective.
func (importing) Uses(flag string) bool {
	return slices.Contains(remoteFlags(
		"mapping", "encoding", "dry-run", "notify-customers", "source", "import-id", "outcomes", "concurrency", "patience",
	), flag)
}

// Help implements kong's HelpProvider.
func (importing) Help() string {
	return `Rows are filed once by --source and their external id, however often they are sent. An import that was interrupted goes on
where it was when it is started again in the same way, and sends rows again on which the server failed. The exit code is 0 when all rows are in, 1 when some were refused, are in conflict
with what was filed, or the import could not go on, and 2 when the command line, the mapping or the file's header is wrong. docs/import.md tells all of it.`
}

func (c *importing) run(ctx context.Context, in *surroundings) (err error) {
	if c.Concurrency < 1 || c.Patience < 0 {
		return misuse(errors.New("--concurrency and --patience cannot be that small"))
	}
	if strings.TrimSpace(c.Source) == "" {
		return misuse(errors.New("--source: name where the rows come from, for example crm-2019; their external ids are told apart within it"))
	}
	if c.Token == "" {
		return misuse(errors.New("--token or $TOKEN: a token is needed; redress token mints one for trying"))
	}
	mappingText, mapping, err := c.mapping()
	if err != nil {
		return misuse(err)
	}
	file, err := importer.OpenFile(c.Path, c.Encoding, mapping)
	if err != nil {
		return misuse(err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	journal, path, err := c.journal(mappingText)
	if err != nil {
		return err
	}
	protected, err := c.option(c.Server)
	if err != nil {
		return errors.Join(err, journal.Close())
	}
	conn, err := rpc.Dial(c.Server, importer.Token(c.Token), protected)
	if err != nil {
		return errors.Join(misuse(err), journal.Close())
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	terminal, _ := in.stderr.(*os.File)
	progress := importer.NewProgress(in.stderr, terminal != nil && term.IsTerminal(int(terminal.Fd())), file.Size(), file.Read, time.Now)
	if before := journal.Summary(); before.Rows > 0 {
		progress.Note(fmt.Sprintf("%d rows have an outcome from before; going on behind them", before.Rows))
	}
	began, before := time.Now(), journal.Summary().Rows
	err = importer.Import(ctx, importer.Config{
		Options: &intakev1.ImportOptions{
			ImportId: c.ImportID, Source: c.Source, NotifyCustomers: c.Notify, DryRun: c.DryRun,
		},
		Concurrency: c.Concurrency, Patience: c.Patience,
	}, importer.Deps{
		Client: intakev1.NewImportServiceClient(conn), Rows: file, Journal: journal, Progress: progress.Show,
		Retrying: func(err error) { progress.Note(retrying(err)) }, Now: time.Now,
		Waiting: func() { progress.Wait("complaints that were filed before to be taken up") },
	})
	err = errors.Join(err, journal.Close())
	progress.End()
	return c.conclude(in.stdout, journal.Summary(), before, time.Since(began), path, err)
}

// retrying says what is waited for.
func retrying(err error) string {
	message := status.Convert(err).Message()
	if errs.Reason(err) == intakev1.ErrorReason_NOT_TAKEN_UP.String() {
		return "waiting for complaints to be taken up: " + message
	}
	return "waiting for the server: " + message
}

// mapping reads the mapping.
func (c *importing) mapping() (text []byte, mapping *importer.Mapping, err error) {
	if c.Mapping != "" {
		if text, err = os.ReadFile(c.Mapping); err != nil {
			return nil, nil, err
		}
	}
	mapping, err = importer.ParseMapping(text)
	return text, mapping, err
}

// journal opens the outcomes.
func (c *importing) journal(mapping []byte) (journal *importer.Journal, path string, err error) {
	digest, err := importer.Digest(c.Path)
	if err != nil {
		return nil, "", err
	}
	settings, err := json.Marshal([]any{string(mapping), c.Encoding, c.Source, c.Notify, c.DryRun})
	if err != nil {
		return nil, "", err
	}
	if path = c.Outcomes; path == "" {
		path = c.Path + ".outcomes.jsonl"
		if c.DryRun {
			path = c.Path + ".dry-run.jsonl"
		}
	}
	journal, err = importer.OpenJournal(path, importer.Run{Digest: digest, Settings: string(settings)}, time.Now)
	if errors.Is(err, importer.ErrOtherRun) {
		return nil, "", misuse(fmt.Errorf("%s: %w; name another file with --outcomes, rows that are in will not be filed again", path, err))
	}
	return journal, path, err
}

// conclude tells what came of it.
func (c *importing) conclude(out io.Writer, s importer.Summary, before int, took time.Duration, path string, failure error) error {
	verb := "filed"
	if c.DryRun {
		verb = "would be filed"
	}
	rate := float64(s.Rows-before) / max(took.Seconds(), 0.001)
	text := fmt.Sprintf("%d rows: %d %s, %d already there, %d in conflict, %d refused; %.1f s, %.0f rows/s\n",
		s.Rows, s.Filed, verb, s.Already-s.Conflicts, s.Conflicts, s.Refused, took.Seconds(), rate)
	for _, reason := range slices.SortedFunc(maps.Keys(s.Reasons), func(a, b string) int {
		return cmp.Or(s.Reasons[b]-s.Reasons[a], strings.Compare(a, b))
	}) {
		text += fmt.Sprintf("  %6d %s\n", s.Reasons[reason], reason)
	}
	if s.Failed > 0 {
		text += fmt.Sprintf("%d of the refused rows met a fault of the server; they are sent again when it is started again in the same way\n", s.Failed)
	}
	if s.Conflicts > 0 {
		text += fmt.Sprintf("%d rows in conflict have the external id of a row that says something else, and nothing of them was taken; they have"+
			" \"conflict\" in the outcomes. If their ids mean other complaints, give them a --source of their own\n", s.Conflicts)
	}
	text += "outcomes: " + path + "\n"
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	_, unreadable := errors.AsType[*importer.FileError](failure)
	switch {
	case unreadable:
		return fmt.Errorf("the import stopped; correct the file and name other outcomes (--outcomes), rows that are in will not be filed again: %w", failure)
	case failure != nil:
		return fmt.Errorf("the import stopped, and goes on when it is started again in the same way: %w", failure)
	case s.Refused > 0, s.Conflicts > 0:
		return silent{}
	default:
		return nil
	}
}
