package attachment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/internal/vault"
)

// UploadAttachment adds a file to a complaint (REC-1), whatever the complaint's state: what a customer shows is never lost, and
// changes neither state nor clock (REC-5).
func (s *Service) UploadAttachment(stream grpc.ClientStreamingServer[intakev1.UploadAttachmentRequest, intakev1.Attachment]) error {
	first, err := stream.Recv()
	switch {
	case errors.Is(err, io.EOF), err == nil && first.GetMetadata() == nil:
		return invalid("metadata", "must be in the first message")
	case err != nil:
		return err
	}
	u, err := s.accept(stream.Context(), first.GetMetadata())
	if err != nil {
		return err
	}
	// Who waits for the header sends no content that would be refused unseen.
	if err := stream.SendHeader(nil); err != nil {
		return err
	}
	a, err := s.take(stream.Context(), u, &incoming{receive: stream.Recv, limit: s.limits().GetMaxBytes(), announced: u.announced})
	if err != nil {
		return err
	}
	return stream.SendAndClose(a)
}

// upload is a file on its way.
type upload struct {
	// complaint and id are ids, and name is the attachment's.
	complaint, id, name string
	message             Message
	fileName, declared  string
	announced           int64
	// key is that of the customer whose file it is.
	key     *vault.DataKey
	who     auth.Identity
	command idem.Command
}

// accept finds out what can be known before the content is.
func (s *Service) accept(ctx context.Context, sent *intakev1.UploadMetadata) (*upload, error) {
	if s.deps.Bucket == nil {
		return nil, notConfigured()
	}
	declared, err := s.types.declared(sent.GetMediaType())
	if err != nil {
		return nil, err
	}
	if limit := s.limits().GetMaxBytes(); sent.GetSizeBytes() > limit {
		return nil, tooLarge(limit)
	}
	complaint, message := complaintOf(sent.GetParent()), named(sent.GetMessage())
	c, err := s.deps.Store.Case(ctx, complaint, message)
	if err != nil {
		return nil, fault(err, cmp.Or(message.Name(), sent.GetParent()), 0)
	}
	if c.Survivor != "" && command(ctx).Key == "" {
		// An upload with a key may be one that was carried out before the merger; the store knows.
		return nil, fault(&MergedError{Survivor: c.Survivor}, sent.GetParent(), 0)
	}
	key, err := s.key(c)
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, noDataKey()
	}
	id := s.deps.IDs.ID()
	return &upload{
		complaint: complaint, id: id, message: message, name: nameOf(complaint, id), fileName: sent.GetFileName(), declared: declared,
		announced: sent.GetSizeBytes(), key: key, who: caller(ctx), command: command(ctx),
	}, nil
}

// take keeps the content and then records it. An object that turns out not to be needed is removed; where it is not known
// whether the record was made, the object stays, for Sweep to decide.
func (s *Service) take(ctx context.Context, u *upload, content io.Reader) (*intakev1.Attachment, error) {
	k, err := s.keep(ctx, u, content)
	if err != nil {
		return nil, err
	}
	a, added, err := s.record(ctx, u, k)
	unneeded := err == nil && !added
	if err != nil {
		name := u.message.Name()
		if errors.As(err, new(*MergedError)) {
			name = "complaints/" + u.complaint
		}
		err = fault(err, name, s.limits().GetMaxPerComplaint())
		code := errs.Status(err).Code()
		unneeded = code == codes.InvalidArgument || code == codes.NotFound || code == codes.FailedPrecondition
	}
	if unneeded {
		if failed := s.deps.Bucket.remove(context.WithoutCancel(ctx), k.object); failed != nil {
			s.deps.Logger.WarnContext(ctx, "content that is not needed cannot be removed now; it is later", "error", failed)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, u, k, a, added)
}

// record puts the attachment on record with its event.
func (s *Service) record(ctx context.Context, u *upload, k *kept) (Attachment, bool, error) {
	mark, err := u.key.Mark(k.sha256, markPlace(u.complaint))
	if err != nil {
		return Attachment{}, false, err
	}
	if u.command.Key != "" {
		// The same request is the same file with the same metadata.
		said := fmt.Sprintf("%q %q %q %q %x", u.complaint, u.message.within(u.complaint), u.fileName, u.declared, k.sha256)
		u.command.Fingerprint = s.deps.Keyring.Lookup("upload", said)
	}
	return s.deps.Store.Add(ctx, NewAttachment{
		Command: u.command, Complaint: u.complaint, ID: u.id, Message: u.message, Mark: mark, Limit: s.limits().GetMaxPerComplaint(),
		Build: func(c Case) (Attachment, eventlog.Draft, error) {
			key, err := s.key(c)
			if err != nil {
				return Attachment{}, eventlog.Draft{}, err
			}
			if key == nil {
				return Attachment{}, eventlog.Draft{}, noDataKey()
			}
			sealed, err := seal(key, k.details(u), u.name)
			if err != nil {
				return Attachment{}, eventlog.Draft{}, err
			}
			a := Attachment{
				Complaint: u.complaint, ID: u.id, Message: u.message, State: int32(k.state()), Cycle: c.Cycle, DeclaredType: u.declared,
				MediaType: k.mediaType, Size: k.size, Actor: u.who.Subject, CreateTime: s.now(), Mark: mark, Object: k.object, Details: sealed,
			}
			return a, added(&a, k.storedSHA256), nil
		},
		Join: func(a Attachment) eventlog.Draft { return joined(&a, u.who.Subject, s.now()) },
	})
}

// added is the event of an attachment.
func added(a *Attachment, stored []byte) eventlog.Draft {
	return eventlog.Draft{
		Subject: "complaints/" + a.Complaint, Cycle: a.Cycle, Actor: a.Actor, RecordTime: a.CreateTime,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_AttachmentAdded{AttachmentAdded: &eventv1.AttachmentAdded{
			Attachment: nameOf(a.Complaint, a.ID), Message: a.Message.Name(), MediaType: a.MediaType, SizeBytes: a.Size,
			StoredSha256: stored, Quarantined: a.State == int32(intakev1.Attachment_QUARANTINED),
		}}},
	}
}

// joined is the event of an attachment that came again, with the message that it belongs to from now on.
func joined(a *Attachment, actor string, now time.Time) eventlog.Draft {
	return eventlog.Draft{
		Subject: "complaints/" + a.Complaint, Actor: actor, RecordTime: now,
		Payload: &eventv1.Payload{Kind: &eventv1.Payload_RecordChanged{RecordChanged: &eventv1.RecordChanged{
			Entry: nameOf(a.Complaint, a.ID), Kind: "attachment", State: "OF_MESSAGE", Message: a.Message.Name(),
		}}},
	}
}

// answer is the attachment as the caller may see it. A front end sees what it sent, and no more, also when the firm had the same
// file already (API-4).
func (s *Service) answer(ctx context.Context, u *upload, k *kept, a Attachment, added bool) (*intakev1.Attachment, error) {
	if added {
		return toAttachment(&a, k.details(u)), nil
	}
	a, d, err := s.get(ctx, nameOf(a.Complaint, a.ID))
	if err != nil {
		return nil, err
	}
	out := toAttachment(&a, d)
	if !staff(u.who) && a.Actor != u.who.Subject {
		out.FileName, out.DeclaredMediaType = k.details(u).FileName, u.declared
		out.Message, out.Actor = u.message.Name(), u.who.Subject
	}
	return out, nil
}
