package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/redress-dev/redress/services/internal/evidence"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// largestPack bounds what is read of a file that is said to be a pack.
const largestPack = 128 << 20

// evidenceCommands are for those who are handed the file of a complaint.
type evidenceCommands struct {
	Verify evidenceVerify `cmd:"" help:"Check the file of a complaint, offline."`
	Key    evidenceKey    `cmd:"" help:"Print the public key that this installation signs such files with."`
}

// evidenceVerify checks a pack.
type evidenceVerify struct {
	settings.Program

	Pack string `arg:"" name:"file" help:"The archive."`
	Key  string `placeholder:"KEY" help:"The public key of the firm, as redress evidence key prints it. Without one the key that the file itself names is taken, and anybody may have signed it."`
}

// Uses implements settings.Selective.
func (evidenceVerify) Uses(flag string) bool { return slices.Contains([]string{"config", "key"}, flag) }

// Help implements kong's HelpProvider.
func (evidenceVerify) Help() string {
	return `Compares every file with the signed manifest, the signature with the key, and the events of each service's log with each other. It asks
nobody. Exit code 1 when something does not fit; each thing is named in a line of its own.`
}

func (c *evidenceVerify) run(_ context.Context, in *surroundings) error {
	var key ed25519.PublicKey
	if c.Key != "" {
		var err error
		if key, err = evidence.DecodeKey(c.Key); err != nil {
			return misuse(fmt.Errorf("--key: %w", err))
		}
	}
	content, err := readPack(c.Pack)
	if err != nil {
		return err
	}
	report, err := evidence.Check(content, key)
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(in.stdout, "WRONG", problem)
	}
	if n := len(report.Problems); n > 0 {
		return fmt.Errorf("%s is not as it was made: %d problem(s)", c.Pack, n)
	}
	c.tell(in.stdout, report)
	return nil
}

// tell says what a pack is that has passed.
func (c *evidenceVerify) tell(out io.Writer, report *evidence.Report) {
	m := report.Manifest
	fmt.Fprintf(out, "ok: %s (%s), made at %s for %s, %d files\n", m.Complaint, m.Reference, m.MadeTime, m.Reader, len(m.Files))
	for _, log := range report.Logs {
		fmt.Fprintf(out, "ok: log of %s: %d events in an unbroken chain", log.Source, log.Events)
		if log.Checkpoint > 0 {
			fmt.Fprintf(out, "; the log was signed up to sequence %d", log.Checkpoint)
		}
		fmt.Fprintln(out)
	}
	for _, part := range m.Withheld {
		fmt.Fprintln(out, "withheld from the reader's roles:", part)
	}
	if c.Key == "" {
		fmt.Fprintf(out, "signed with key %s, which the file itself names: compare it with the firm's, or give that with --key\n", m.PublicKey)
		return
	}
	fmt.Fprintln(out, "ok: signed with the key that is expected")
}

// readPack reads a file that may be a pack.
func readPack(path string) (content []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err = io.ReadAll(io.LimitReader(file, largestPack+1))
	if err == nil && len(content) > largestPack {
		return nil, fmt.Errorf("%s is larger than any file of a complaint", path)
	}
	return content, err
}

// evidenceKey prints the public key.
type evidenceKey struct {
	suite.Config
	settings.Program
}

// Uses implements settings.Selective.
func (evidenceKey) Uses(flag string) bool {
	return slices.Contains([]string{"config", "data-dir"}, flag)
}

func (c *evidenceKey) run(_ context.Context, in *surroundings) error {
	key, err := suite.EvidenceKey(c.DataDir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.stdout, evidence.EncodeKey(key))
	return err
}
