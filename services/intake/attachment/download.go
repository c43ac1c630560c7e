package attachment

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// chunkSize is how much content a message has.
const chunkSize = 64 << 10

// DownloadAttachment reads the content of a file. It fails with DATA_KEY_NOT_FOUND when the customer was erased, and with
// ATTACHMENT_QUARANTINED when malware was found. What was altered in its place is noticed before it is sent.
func (s *Service) DownloadAttachment(
	req *intakev1.DownloadAttachmentRequest, stream grpc.ServerStreamingServer[intakev1.DownloadAttachmentResponse],
) error {
	if s.deps.Bucket == nil {
		return notConfigured()
	}
	a, d, err := s.get(stream.Context(), req.GetName())
	switch {
	case err != nil:
		return err
	case d.ContentKey == nil:
		return noDataKey()
	case a.State == int32(intakev1.Attachment_QUARANTINED):
		return quarantined()
	}
	object, err := s.deps.Bucket.open(stream.Context(), a.Object)
	if err != nil {
		return fmt.Errorf("%s: %w", req.GetName(), err)
	}
	defer func() { _ = object.Close() }() // All that matters was read.
	content, err := decrypt(d.ContentKey, nameOf(a.Complaint, a.ID), object)
	if err != nil {
		return err
	}
	return send(stream, toAttachment(&a, d), content)
}

// send sends the attachment with the first of its content that could be read, and then the rest.
func send(stream grpc.ServerStreamingServer[intakev1.DownloadAttachmentResponse], a *intakev1.Attachment, content io.Reader) error {
	var sent int64
	for {
		// Not used again: the library may read a message after it was sent.
		chunk := make([]byte, chunkSize)
		n, err := io.ReadFull(content, chunk)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fmt.Errorf("%s cannot be read: %w", a.GetName(), err)
		}
		if sent == 0 {
			first := &intakev1.DownloadAttachmentResponse{Part: &intakev1.DownloadAttachmentResponse_Attachment{Attachment: a}}
			if err := stream.Send(first); err != nil {
				return err
			}
		}
		if n > 0 {
			part := &intakev1.DownloadAttachmentResponse{Part: &intakev1.DownloadAttachmentResponse_Chunk{Chunk: chunk[:n]}}
			if err := stream.Send(part); err != nil {
				return err
			}
		}
		sent += int64(n)
		switch {
		case last && sent != a.GetSizeBytes():
			return fmt.Errorf("%s has %d bytes instead of %d", a.GetName(), sent, a.GetSizeBytes())
		case last:
			return nil
		}
	}
}

// get reads an attachment with its details, which are empty when the customer was erased. One of a complaint that was merged can be
// asked for by the survivor's name too; it is answered with its own.
func (s *Service) get(ctx context.Context, name string) (Attachment, details, error) {
	complaint, id := idsOf(name)
	a, c, err := s.deps.Store.Get(ctx, complaint, id)
	if err != nil {
		return a, details{}, fault(err, name, 0)
	}
	key, err := s.key(c)
	if err != nil {
		return a, details{}, err
	}
	d, err := unseal(key, a.Details, nameOf(a.Complaint, a.ID))
	return a, d, err
}
