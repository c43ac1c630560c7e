package intake

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"unicode"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/vault"
)

// ReferenceStore finds complaints by what customers know them by.
type ReferenceStore interface {
	// ByReference reads one complaint, or returns ErrNotFound.
	ByReference(ctx context.Context, reference string) (Record, error)
}

// decoy is a record that nobody can prove to be theirs. It is opened where there is
// none, so that a wrong reference takes as long as a wrong verification.
type decoy struct{ record Record }

// newDecoy seals a record as large as usual for a customer that is not on record.
func newDecoy(keyring *vault.Keyring) (decoy, error) {
	record := Record{Complaint: Complaint{ID: "decoy", Customer: "customers/decoy"}}
	key, wrapped, err := keyring.NewDataKey(record.Customer)
	if err != nil {
		return decoy{}, err
	}
	record.WrappedKey = wrapped
	var failures [2]error
	record.Filing, failures[0] = seal(key, Filing{Statement: strings.Repeat("…", 200)}, filingPlace(record.Name()))
	record.Details, failures[1] = seal(key, Details{Complainant: Complainant{Phone: "-", Email: "-"}}, detailsPlace(record.Name()))
	return decoy{record: record}, errors.Join(failures[:]...)
}

// GetPublicStatus tells where a complaint stands to whoever knows its reference and
// what only its customer knows (ACK-3). That the reference is wrong, that the
// verification is, and that the customer was erased cannot be told apart, by neither
// the answer nor the time it takes: in each case one row is looked up, one record
// opened and every proof compared. Of a complaint that was merged it is told where
// the one stands in which it goes on; the proof is that of its own customer (REC-6).
func (s *Service) GetPublicStatus(ctx context.Context, req *intakev1.GetPublicStatusRequest) (*intakev1.GetPublicStatusResponse, error) {
	reference, err := ids.ParseReference(req.GetReference())
	wellFormed := err == nil
	record, err := s.references.ByReference(ctx, reference)
	found := err == nil && len(record.WrappedKey) > 0
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if !found {
		record = s.decoy.record
	}
	_, details, err := s.open(&record)
	if err != nil {
		return nil, err
	}
	proven := s.proves(details.Complainant, req.GetVerification())
	if !wellFormed || !found || !proven {
		return nil, errs.NotFound(intakev1.ErrorReason_STATUS_NOT_FOUND.String(),
			"There is no complaint with this reference and this verification. Check both.")
	}
	goesOn, err := s.goesOn(ctx, &record)
	if err != nil {
		return nil, err
	}
	return &intakev1.GetPublicStatusResponse{
		Complaint: goesOn.Name(), Reference: record.Reference, State: intakev1.Complaint_State(goesOn.State), Cycle: goesOn.Cycle,
		ReceiveTime: stamp(record.ReceiveTime), LanguageCode: record.Language,
	}, nil
}

// goesOn is what tells where a complaint stands: itself, or the one that it was
// merged into, at the end. Only what is nobody's in particular is told of that one.
func (s *Service) goesOn(ctx context.Context, record *Record) (*Complaint, error) {
	if record.MergedInto == "" {
		return &record.Complaint, nil
	}
	id, err := s.matters.Survivor(ctx, record.ID)
	if err != nil {
		return nil, err
	}
	survivor, err := s.store.Get(ctx, id)
	return &survivor.Complaint, err
}

// proves tells whether a verification is one that the policy takes of this customer.
// All are compared, each in a time that does not depend on how much of it is right.
func (s *Service) proves(c Complainant, verification string) bool {
	rules := s.policy.Proto().GetPublic()
	count := int(rules.GetPhoneDigits())
	phone := ""
	if len(c.Phone) > count {
		phone = c.Phone[len(c.Phone)-count:]
	}
	byPhone := equal(phone, digits(verification))
	byEmail := equal(strings.ToLower(c.Email), strings.ToLower(strings.TrimSpace(verification)))
	byPhone = byPhone && phone != "" && slices.Contains(rules.GetProofs(), policyv1.Public_PHONE_DIGITS)
	byEmail = byEmail && c.Email != "" && slices.Contains(rules.GetProofs(), policyv1.Public_EMAIL)
	return byPhone || byEmail
}

// equal compares digests, so that not even lengths can be told by the time.
func equal(known, told string) bool {
	a, b := sha256.Sum256([]byte(known)), sha256.Sum256([]byte(told))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// digits brings what people write into ASCII digits: full-width ones, and without
// spaces between.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		default:
			return r
		}
	}, text)
}
