package attachment

import (
	"context"
	"encoding/hex"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/vault"
)

// GetAttachment reads what is known of a file.
func (s *Service) GetAttachment(ctx context.Context, req *intakev1.GetAttachmentRequest) (*intakev1.Attachment, error) {
	a, d, err := s.get(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	return toAttachment(&a, d), nil
}

// ListAttachments lists the files of a complaint, oldest first, also those of complaints that were merged into it: their names tell
// whose they are (REC-6).
func (s *Service) ListAttachments(ctx context.Context, req *intakev1.ListAttachmentsRequest) (*intakev1.ListAttachmentsResponse, error) {
	size, err := s.deps.Policy.PageSize(req.GetPageSize())
	if err != nil {
		return nil, invalid("page_size", "must not be negative")
	}
	bind := "attachments\n" + req.GetParent()
	after, err := s.deps.Pages.After(req.GetPageToken(), bind)
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is a next page.
	attachments, err := s.deps.Store.List(ctx, complaintOf(req.GetParent()), after, int(size)+1)
	if err != nil {
		return nil, fault(err, req.GetParent(), 0)
	}
	keys := map[string]*vault.DataKey{}
	out := &intakev1.ListAttachmentsResponse{}
	for i := range attachments {
		if i == int(size) {
			out.NextPageToken = s.deps.Pages.Encode([]string{attachments[i-1].Attachment.ID}, bind)
			break
		}
		a, of := &attachments[i].Attachment, attachments[i].Case
		key, known := keys[of.Customer]
		if !known {
			if key, err = s.key(of); err != nil {
				return nil, err
			}
			keys[of.Customer] = key
		}
		d, err := unseal(key, a.Details, nameOf(a.Complaint, a.ID))
		if err != nil {
			// One damaged record must not make a whole list unreadable.
			s.deps.Logger.ErrorContext(ctx, "an attachment cannot be opened", "attachment", nameOf(a.Complaint, a.ID))
		}
		out.Attachments = append(out.Attachments, toAttachment(a, d))
	}
	return out, nil
}

// toAttachment is an attachment as the contract has it.
func toAttachment(a *Attachment, d details) *intakev1.Attachment {
	return &intakev1.Attachment{
		Name: nameOf(a.Complaint, a.ID), FileName: d.FileName, DeclaredMediaType: a.DeclaredType, MediaType: a.MediaType,
		SizeBytes: a.Size, Sha256: hex.EncodeToString(d.SHA256), State: intakev1.Attachment_State(a.State), Finding: d.Finding,
		Message: a.Message.Name(), Cycle: a.Cycle, Actor: a.Actor, CreateTime: timestamppb.New(a.CreateTime),
	}
}
