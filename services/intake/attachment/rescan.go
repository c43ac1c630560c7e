package attachment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc/codes"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/eventlog"
)

const (
	// rescanBatch is how many files are read from the store at once.
	rescanBatch = 100
	// rescanFailures is how many files in a row the scanner, or the place of the content, may fail at before a pass ends: then it is
	// away, and need not be asked about every file.
	rescanFailures = 10
)

// rescanActor is who scans what nobody uploads.
const rescanActor = "services/intake"

// Rescan scans the files that were taken while there was no scanner, one after the other, and returns how many. Each verdict is on
// record as soon as it is known. A file that cannot be scanned is named in the log and passed over; the error names the first. A pass
// that ends early, because scanner or content cannot be reached, is gone on with behind the last file by the next one of this service,
// so that no file is kept from its verdict by others. It may run in several processes: the first verdict stays.
func (s *Service) Rescan(ctx context.Context) (scanned int, err error) {
	if s.deps.Scanner == nil || s.deps.Bucket == nil {
		return 0, nil
	}
	s.passes.Lock()
	defer s.passes.Unlock()
	var first error
	for failures := 0; ; {
		batch, err := s.deps.Store.Unscanned(ctx, s.passed.Complaint, s.passed.ID, rescanBatch)
		if err != nil {
			return scanned, fmt.Errorf("attachment: rescan: %w", err)
		}
		for _, waiting := range batch {
			err := s.rescan(ctx, waiting)
			if ctx.Err() != nil {
				return scanned, cmp.Or(first, ctx.Err())
			}
			s.passed = waiting.Attachment
			if err == nil {
				scanned, failures = scanned+1, 0
				continue
			}
			name := nameOf(waiting.Attachment.Complaint, waiting.Attachment.ID)
			s.deps.Logger.WarnContext(ctx, "an attachment could not be scanned", "attachment", name, "error", err)
			first = cmp.Or(first, fmt.Errorf("attachment: rescan %s: %w", name, err))
			if errs.Status(err).Code() != codes.Unavailable {
				continue // It is the file's own fault.
			}
			if failures++; failures == rescanFailures {
				return scanned, first
			}
		}
		if len(batch) < rescanBatch {
			s.passed = Attachment{}
			return scanned, first
		}
	}
}

// rescan scans one file and puts the verdict on record.
func (s *Service) rescan(ctx context.Context, waiting Owned) error {
	a := waiting.Attachment
	name := nameOf(a.Complaint, a.ID)
	key, err := s.key(waiting.Case)
	if err != nil || key == nil {
		return err
	}
	d, err := unseal(key, a.Details, name)
	if err != nil {
		return err
	}
	verdict, err := s.scanStored(ctx, a, d, name)
	if err != nil {
		return err
	}
	return s.deps.Store.Scanned(ctx, a.Complaint, a.ID, func(now Attachment, of Case) (Attachment, eventlog.Draft, error) {
		now.State = int32(intakev1.Attachment_STORED)
		if verdict.Finding != "" {
			now.State = int32(intakev1.Attachment_QUARANTINED)
			d.Finding = verdict.Finding
			var err error
			if now.Details, err = seal(key, d, name); err != nil {
				return now, eventlog.Draft{}, err
			}
		}
		return now, eventlog.Draft{
			Subject: "complaints/" + now.Complaint, Cycle: of.Cycle, Actor: rescanActor, RecordTime: s.now(),
			Payload: &eventv1.Payload{Kind: &eventv1.Payload_AttachmentScanned{AttachmentScanned: &eventv1.AttachmentScanned{
				Attachment: name, Quarantined: verdict.Finding != "",
			}}},
		}, nil
	})
}

// scanStored has the scanner look at content that lies in its place. Content that is not whole has no verdict: the scanner may not
// have seen what was altered or cut off.
func (s *Service) scanStored(ctx context.Context, a Attachment, d details, name string) (Verdict, error) {
	object, err := s.deps.Bucket.open(ctx, a.Object)
	if err != nil {
		return Verdict{}, err
	}
	defer func() { _ = object.Close() }() // All that matters was read.
	content, err := decrypt(d.ContentKey, name, object)
	if err != nil {
		return Verdict{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	scan := startScan(ctx, s.deps.Scanner)
	defer func() { // After finish it does nothing.
		cancel()
		scan.abandon()
	}()
	n, err := io.Copy(scan, content)
	if err != nil {
		return Verdict{}, err
	}
	if n != a.Size {
		return Verdict{}, errors.New("the content is not as long as it was")
	}
	return scan.finish()
}
