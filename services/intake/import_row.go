package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/policy"
)

// ImportStore finds what was imported.
type ImportStore interface {
	// Imported reads the complaint that was filed for a row, or returns ErrNotFound.
	Imported(ctx context.Context, hash []byte) (Record, error)
	// Waiting counts the complaints that are on record and not taken up yet: nobody is
	// in charge of them, or they were settled as they were filed and are not resolved.
	Waiting(ctx context.Context) (int, error)
}

// importing says how an imported complaint is filed. Nil stands for one that is not
// imported.
type importing struct {
	hash   []byte
	notify bool
}

func (i *importing) key() []byte {
	if i == nil {
		return nil
	}
	return i.hash
}

func (i *importing) notifies() bool { return i != nil && i.notify }

// imported is what came of a row.
type imported struct {
	// record is empty after a dry run of a new row.
	record Record
	// earlier holds when it was there before, or would have been, and conflict when the
	// row that it was filed for said something else.
	earlier, conflict bool
}

// importRow judges a row and files it, unless it was filed before or nothing is to be
// filed: then the row is rehearsed.
func (s *Service) importRow(ctx context.Context, options *intakev1.ImportOptions, row *intakev1.ImportRow, rehearsed *rehearsed) (filed imported, err error) {
	if err := s.validator.Check(row); err != nil {
		return imported{}, err
	}
	if row.GetComplaint().GetReceiveTime() == nil {
		return imported{}, invalid("complaint.receive_time", "must be given: the clocks count from it")
	}
	digest, err := digestOf(row)
	if err != nil {
		return imported{}, err
	}
	now := s.now()
	least := cmp.Or(row.GetSeverity(), s.policy.Proto().GetDefaultSeverity())
	complaint, with, err := s.prepare(row.GetComplaint(), least, now)
	if err != nil {
		return imported{}, inComplaint(err)
	}
	with.imported = &importing{hash: s.importHash(options.GetSource(), row.GetExternalId()), notify: options.GetNotifyCustomers()}
	with.filing.Origin = Origin{
		Import: options.GetImportId(), Source: options.GetSource(), ExternalID: row.GetExternalId(), Digest: digest,
	}
	if row.GetClosed() != nil {
		if err := s.conclude(&complaint, &with, row, least, now); err != nil {
			return imported{}, err
		}
	} else if err := s.declare(&complaint, options.GetNotifyCustomers(), now); err != nil {
		return imported{}, err
	}
	if options.GetDryRun() {
		filed.record, err = s.imports.Imported(ctx, with.imported.hash)
		if errors.Is(err, ErrNotFound) {
			filed.earlier, filed.conflict = rehearsed.add(with.imported.hash, digest)
			return filed, nil
		}
		filed.earlier = err == nil
	} else {
		filed.record, filed.earlier, err = s.fileInTurn(ctx, complaint, with)
	}
	filed.conflict = err == nil && filed.earlier && s.conflicts(ctx, &filed.record, digest)
	return filed, err
}

// fileInTurn files a row. One that is still open, and not on record, waits until few
// others wait to be taken up.
func (s *Service) fileInTurn(ctx context.Context, complaint Complaint, with contents) (record Record, earlier bool, err error) {
	if complaint.Open() {
		switch _, err := s.imports.Imported(ctx, with.imported.hash); {
		case errors.Is(err, ErrNotFound):
			left, err := s.turnstile.enter(ctx)
			if err != nil {
				return Record{}, false, err
			}
			defer left()
		case err != nil:
			return Record{}, false, err
		}
	}
	return s.file(ctx, complaint, with)
}

// digestOf is what a row is told apart by from another one with its external id. It
// says nothing about the row to those who do not have it, and is kept sealed besides.
func digestOf(row *intakev1.ImportRow) (string, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(row)
	if err != nil {
		return "", fmt.Errorf("intake: digest of a row: %w", err)
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:]), nil
}

// conflicts tells whether a complaint was filed for a row that said something else.
// After an erasure nobody can tell.
func (s *Service) conflicts(ctx context.Context, record *Record, digest string) bool {
	filing, _, err := s.open(record)
	if err != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
	}
	known := filing.Origin.Digest
	return known != "" && known != digest
}

// importHash is the keyed hash by which a row is known again. The length keeps source
// and key apart.
func (s *Service) importHash(source, externalID string) []byte {
	return s.keyring.Lookup("import", fmt.Sprintf("%d:%s%s", len(source), source, externalID))
}

// declare sets the targets of an open complaint. Its clocks count from the receipt
// (REC-8); but a message and a contact that are promised with the import are promised
// now, and to a customer who hears nothing of it nobody promises any.
func (s *Service) declare(c *Complaint, notify bool, now time.Time) error {
	c.Targets.Acknowledge, c.Targets.Contact = time.Time{}, time.Time{}
	if !notify {
		return nil
	}
	promised, err := s.policy.Targets(policyv1.Severity(c.Severity), now)
	c.Targets.Acknowledge, c.Targets.Contact = promised.Acknowledge, promised.Contact
	return err
}

// conclude makes a complaint one that had ended: on record as it was, with nothing
// owed and nothing raised for it.
func (s *Service) conclude(c *Complaint, with *contents, row *intakev1.ImportRow, severity policyv1.Severity, now time.Time) error {
	end := row.GetClosed()
	closed := end.GetCloseTime().AsTime().Truncate(time.Microsecond)
	if end.GetCloseTime().CheckValid() != nil || closed.Before(c.ReceiveTime) || closed.After(now.Add(s.policy.ClockSkew())) {
		return endTime("closed.close_time", "must be a time between the receipt and now")
	}
	if end.GetResolveTime() != nil {
		c.ResolveTime = end.GetResolveTime().AsTime().Truncate(time.Microsecond)
		if end.GetResolveTime().CheckValid() != nil || c.ResolveTime.Before(c.ReceiveTime) || c.ResolveTime.After(closed) {
			return endTime("closed.resolve_time", "must be a time between the receipt and the closing")
		}
	}
	c.State, c.Outcome, c.CloseTime = Closed, Outcome(end.GetOutcome()), closed
	c.Severity, c.Targets = int32(severity), policy.Targets{}
	with.details.Resolution, with.found = end.GetResolution(), nil
	return nil
}

// history tells that a complaint is on record that had ended. The person is whom it was about.
func history(c *Complaint, person string, statement *eventv1.Sealed) *eventv1.Payload {
	return &eventv1.Payload{Kind: &eventv1.Payload_ComplaintImported{ComplaintImported: &eventv1.ComplaintImported{
		Reference: c.Reference, Customer: c.Customer, Severity: policyv1.Severity(c.Severity), ReceiveTime: stamp(c.ReceiveTime),
		CloseTime: stamp(c.CloseTime), Outcome: intakev1.Complaint_Outcome(c.Outcome).String(), PolicyVersion: c.PolicyVersion,
		TargetKind: policyv1.TargetKind(c.TargetKind), LanguageCode: c.Language,
		Channel: intakev1.Complaint_Channel(c.Channel).String(), Statement: statement,
		TargetAgent: targetAgent(person),
	}}}
}

// inComplaint places what is wrong with a filing within the row.
func inComplaint(err error) error {
	known, ok := errors.AsType[*errs.Error](err)
	if !ok || len(known.Violations) == 0 {
		return err
	}
	placed := *known
	placed.Violations = nil
	for _, violation := range known.Violations {
		violation.Field = "complaint." + violation.Field
		placed.Violations = append(placed.Violations, violation)
	}
	return &placed
}

// endTime is an end that cannot have been then.
func endTime(field, message string) error {
	return errs.Invalid(intakev1.ErrorReason_END_TIME_INVALID.String(), field, "%s %s", field, message)
}
