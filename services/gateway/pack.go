package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/evidence"
)

// Verifier checks one service's event log. The generated EventLogServiceClient of each service is one.
type Verifier interface {
	// VerifyEvents walks the events of one subject.
	VerifyEvents(ctx context.Context, in *eventv1.VerifyEventsRequest, opts ...grpc.CallOption) (*eventv1.VerifyEventsResponse, error)
}

// Recorder puts on record who was handed the file of a complaint. intakev1.RecordServiceClient is one.
type Recorder interface {
	// RecordEvidencePack puts it on record.
	RecordEvidencePack(ctx context.Context, in *intakev1.RecordEvidencePackRequest, opts ...grpc.CallOption) (*intakev1.RecordEvidencePackResponse, error)
}

// Evidence is what the file of a complaint needs. Without a key there is none.
type Evidence struct {
	// Key signs it.
	Key ed25519.PrivateKey
	// LogKey is the one that checkpoints of the logs are signed with.
	LogKey ed25519.PublicKey
	// Recorder hears of each reading, with the edge's own identity.
	Recorder Recorder
}

// GetEvidencePack makes the file of one complaint for a regulator (API-2). Each owner is asked as the caller, so that it holds what the caller
// may see; parts that they may not are named as withheld. It is put on record, with its digest, before it is handed over: what is not recorded is
// not read. Errors: those of GetComplaint; UNAVAILABLE when a service cannot be asked; EVIDENCE_TOO_LARGE.
func (s *Service) GetEvidencePack(ctx context.Context, req *gatewayv1.GetEvidencePackRequest) (*gatewayv1.GetEvidencePackResponse, error) {
	if s.deps.Evidence.Key == nil {
		return nil, errors.New("gateway: there is no key to sign evidence with")
	}
	c := &collection{service: s, name: req.GetName(), most: s.deps.Policy.Proto().GetEvidence().GetMaxBytes()}
	if err := c.collect(ctx); err != nil {
		return nil, err
	}
	caller, _ := auth.FromContext(ctx)
	roles := make([]string, len(caller.Roles))
	for i, role := range caller.Roles {
		roles[i] = role.String()
	}
	slices.Sort(roles)
	slices.Sort(c.withheld)
	public, _ := s.deps.Evidence.Key.Public().(ed25519.PublicKey) // Always true for an ed25519.PrivateKey.
	manifest := evidence.Manifest{
		Complaint: c.name, Reference: c.complaint.GetReference(), Reader: caller.Subject, Roles: roles,
		MadeTime: s.deps.Now().UTC().Format(time.RFC3339), Withheld: append([]string{}, c.withheld...),
		LogKey: evidence.EncodeKey(s.deps.Evidence.LogKey), KeyID: evidence.KeyID(public),
	}
	pages, err := evidence.Pages(c.page(manifest))
	if err != nil {
		return nil, err
	}
	if err := c.add(pages...); err != nil {
		return nil, err
	}
	content, err := evidence.Write(manifest, c.files, s.deps.Evidence.Key)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(content)
	_, err = s.deps.Evidence.Recorder.RecordEvidencePack(ctx, &intakev1.RecordEvidencePackRequest{
		Name: c.name, Reader: caller.Subject, Sha256: digest[:], SizeBytes: int64(len(content)), KeyId: manifest.KeyID,
	})
	if err != nil {
		return nil, err
	}
	return &gatewayv1.GetEvidencePackResponse{
		Content: content, Sha256: digest[:], FileName: "evidence-" + c.complaint.GetReference() + ".zip",
	}, nil
}

// collection is a file that is being put together.
type collection struct {
	service *Service
	name    string
	// most is how many bytes the files may have, and bytes how many they have.
	most, bytes int64
	files       []evidence.File
	withheld    []string
	complaint   *intakev1.Complaint
	parts       parts
	timeline    []*gatewayv1.TimelineEntry
	logs        []logOf
}

// logOf is what one service has recorded, and what it says of it.
type logOf struct {
	source   string
	events   []*eventv1.Event
	verified *eventv1.VerifyEventsResponse
}

// add adds files, unless they are more than the policy allows.
func (c *collection) add(files ...evidence.File) error {
	for _, f := range files {
		if c.bytes += int64(len(f.Content)); c.bytes > c.most {
			return errs.Precondition(errorv1.Reason_EVIDENCE_TOO_LARGE.String(),
				"There is more on record of the complaint than the policy (evidence.max_bytes) allows in one file: %d bytes.", c.most).
				With("limit_bytes", fmt.Sprint(c.most))
		}
		c.files = append(c.files, f)
	}
	return nil
}

// collect asks all services.
func (c *collection) collect(ctx context.Context) (err error) {
	caller := asCaller(ctx)
	if c.complaint, err = intakev1.NewIntakeServiceClient(c.service.deps.AsCaller).GetComplaint(caller, &intakev1.GetComplaintRequest{Name: c.name}); err != nil {
		return err
	}
	file, err := evidence.Messages("complaint.json", []*intakev1.Complaint{c.complaint})
	if err != nil {
		return err
	}
	if err := c.add(file); err != nil {
		return err
	}
	if err := c.owners(caller); err != nil {
		return err
	}
	// The logs last: what the others said is in them already, and the timeline is told from what the logs have.
	if err := c.readLogs(ctx); err != nil {
		return err
	}
	return c.tell(ctx)
}

// part has a part added under its name, or noted as withheld. A part that cannot be asked for makes the file none: nobody shall take for the
// whole what is not.
func (c *collection) part(name string, ask func() (evidence.File, error)) error {
	file, err := ask()
	switch status.Code(err) {
	case codes.OK:
		return c.add(file)
	case codes.PermissionDenied:
		c.withheld = append(c.withheld, name)
		return nil
	case codes.NotFound: // The service has nothing of it.
		return nil
	default:
		return err
	}
}

// readLogs reads, as the edge, all events of the complaint, and has each service check its own.
func (c *collection) readLogs(ctx context.Context) error {
	for _, source := range c.service.deps.Sources {
		log := logOf{source: source.Name}
		req, size := &eventv1.ListEventsRequest{Subject: c.name}, int64(0)
		for {
			page, err := source.Log.ListEvents(ctx, req)
			if err != nil {
				return err
			}
			for _, e := range page.GetEvents() {
				if size += int64(len(e.GetPayload())); c.bytes+size > c.most { // Before there is too much of it in memory.
					return c.add(evidence.File{Name: source.Name, Content: make([]byte, c.most)})
				}
			}
			log.events = append(log.events, page.GetEvents()...)
			if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
		}
		var err error
		if log.verified, err = source.Verifier.VerifyEvents(ctx, &eventv1.VerifyEventsRequest{Subject: c.name}); err != nil {
			return err
		}
		file, err := evidence.NewLog(log.source, log.verified, log.events)
		if err != nil {
			return err
		}
		if err := c.add(file); err != nil {
			return err
		}
		c.logs = append(c.logs, log)
	}
	return nil
}

// tell tells the timeline of the logs that were read, as ListTimeline does.
func (c *collection) tell(ctx context.Context) error {
	reader := c.service.reader(ctx)
	var tracks []*track
	for i, log := range c.logs {
		tracks = append(tracks, &track{source: c.service.deps.Sources[i], subject: c.name, logger: c.service.deps.Logger, ahead: log.events})
	}
	for t := oldest(tracks); t != nil; t = oldest(tracks) {
		entry, err := reader.entry(ctx, t, t.take())
		if err != nil {
			return err
		}
		c.timeline = append(c.timeline, entry)
	}
	file, err := evidence.Messages(evidence.TimelineName, c.timeline)
	if err != nil {
		return err
	}
	return c.add(file)
}

// lastOf is the id in a name: the callback of "complaints/x/callbacks/1" is 1.
func lastOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
