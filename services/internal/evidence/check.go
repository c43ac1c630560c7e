package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

// most bounds what a pack may hold when it is unpacked, and mostFiles how many files: no archive of ours is larger, by what a policy may allow
// (evidence.max_bytes) and the manifest, and a crafted one ends there.
const (
	most      = 68 << 20
	mostFiles = 200
)

// Report is what a check found.
type Report struct {
	// Manifest is that of the pack, as far as it could be read.
	Manifest Manifest
	// Logs tells of each service's log.
	Logs []LogReport
	// Problems are what does not fit; none when the pack is as it was made.
	Problems []string
}

// LogReport tells of the events of one service.
type LogReport struct {
	Source string
	Events int
	// Checkpoint is the sequence up to which a signed checkpoint covered the log when the pack was made; 0 for none.
	Checkpoint int64
}

func (r *Report) find(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Check checks an archive: that it has the files of the manifest and no others, unaltered; that the manifest was signed with the key, or, without
// one, with that which it names itself; and that the events of each log are a whole chain. The error is that of something that is no pack at all.
func Check(content []byte, key ed25519.PublicKey) (*Report, error) {
	files, names, err := unpack(content)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	text, ok := files[ManifestName]
	if !ok {
		return nil, errors.New("evidence: there is no " + ManifestName + " in it")
	}
	if err := json.Unmarshal(text, &r.Manifest); err != nil || r.Manifest.Format != Format {
		return nil, fmt.Errorf("evidence: its %s is none of the form %s", ManifestName, Format)
	}
	r.signature(text, files[SignatureName], key)
	r.files(files, names)
	r.logs(files)
	return r, nil
}

// unpack reads all files of an archive.
func unpack(content []byte) (files map[string][]byte, names []string, err error) {
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, fmt.Errorf("evidence: it is no zip archive: %w", err)
	}
	if len(reader.File) > mostFiles {
		return nil, nil, errors.New("evidence: it has more files than any of ours")
	}
	files, left := map[string][]byte{}, int64(most)
	for _, f := range reader.File {
		entry, err := f.Open()
		if err != nil {
			return nil, nil, fmt.Errorf("evidence: %s: %w", f.Name, err)
		}
		text, err := io.ReadAll(io.LimitReader(entry, left+1))
		if err = errors.Join(err, entry.Close()); err != nil {
			return nil, nil, fmt.Errorf("evidence: %s is damaged: %w", f.Name, err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, nil, errors.New("evidence: it is larger than any of ours")
		}
		files[f.Name], names = text, append(names, f.Name)
	}
	return files, names, nil
}

// signature checks who signed the manifest.
func (r *Report) signature(manifest, text []byte, key ed25519.PublicKey) {
	own, err := DecodeKey(r.Manifest.PublicKey)
	if err != nil {
		r.find("%s: the public key that it names: %v", ManifestName, err)
		return
	}
	if key == nil {
		key = own
	}
	if !bytes.Equal(own, key) {
		r.find("%s: it was signed with another key (%s) than the one that is expected (%s)", ManifestName, KeyID(own), KeyID(key))
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || !ed25519.Verify(key, signed(manifest), signature) {
		r.find("%s: the signature does not hold: the manifest or the signature was altered, or somebody else signed it", ManifestName)
	}
}

// files compares the archive with the manifest.
func (r *Report) files(files map[string][]byte, names []string) {
	seen := map[string]bool{ManifestName: true, SignatureName: true}
	for _, entry := range r.Manifest.Files {
		seen[entry.Name] = true
		content, ok := files[entry.Name]
		digest := sha256.Sum256(content)
		switch {
		case !ok:
			r.find("%s: it is missing", entry.Name)
		case hex.EncodeToString(digest[:]) != entry.SHA256 || int64(len(content)) != entry.Bytes:
			r.find("%s: it was altered: its SHA-256 is not that of the manifest", entry.Name)
		}
	}
	for i, name := range names {
		switch {
		case slices.Contains(names[:i], name):
			r.find("%s: it is there twice", name)
		case !seen[name]:
			r.find("%s: the manifest does not know it", name)
		}
	}
}

// logs checks the chain of each log, and that the timeline tells nothing that is in none.
func (r *Report) logs(files map[string][]byte) {
	names := make([]string, 0, len(files))
	for name := range files {
		if strings.HasPrefix(name, LogFolder) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		r.find("%s: there is no log in it", LogFolder)
	}
	recorded := map[string]bool{}
	for _, name := range names {
		r.log(name, files[name], recorded)
	}
	var timeline []struct {
		EventID string `json:"eventId"`
	}
	if err := json.Unmarshal(files[TimelineName], &timeline); err != nil {
		r.find("%s: it cannot be read", TimelineName)
	}
	told := map[string]bool{}
	for _, entry := range timeline {
		if told[entry.EventID] = true; !recorded[entry.EventID] {
			r.find("%s: event %s is in no log", TimelineName, entry.EventID)
		}
	}
	for id := range recorded {
		if !told[id] {
			r.find("%s: event %s of a log is not told", TimelineName, id)
		}
	}
}

// TimelineName is the file of the timeline.
const TimelineName = "timeline.json"

// log checks one log.
func (r *Report) log(name string, content []byte, recorded map[string]bool) {
	source, verified, events, err := read(content)
	if err != nil {
		r.find("%s: it cannot be read: %v", name, err)
		return
	}
	report := LogReport{Source: source, Events: len(events)}
	for _, e := range events {
		recorded[e.GetEventId()] = true
		if e.GetSubject() != r.Manifest.Complaint {
			r.find("%s: sequence %d: the event is of %s, not of this complaint", name, e.GetSequence(), e.GetSubject())
		}
	}
	for _, finding := range eventlog.CheckChain(events) {
		r.find("%s: sequence %d: %s", name, finding.GetSequence(), finding.GetProblem())
	}
	for _, finding := range verified.GetFindings() {
		r.find("%s: sequence %d: when the pack was made the service found: %s", name, finding.GetSequence(), finding.GetProblem())
	}
	if head := verified.GetHead(); head != nil {
		r.checkpoint(name, source, head)
		report.Checkpoint = head.GetSequence()
	}
	r.Logs = append(r.Logs, report)
}

// checkpoint checks that the newest checkpoint is the log's own.
func (r *Report) checkpoint(name, source string, head *eventv1.Checkpoint) {
	key, err := DecodeKey(r.Manifest.LogKey)
	if err != nil || head.GetSource() != source || !eventlog.CheckpointSigned(head, key) {
		r.find("%s: the checkpoint at sequence %d was altered or is another log's", name, head.GetSequence())
	}
}
