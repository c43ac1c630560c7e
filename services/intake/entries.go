package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/wording"

	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// told is the rule of entries that have none but that the log hears of them.
func told[M proto.Message](kind EntryKind, state func(M) string) func(*edit, string, M) error {
	return func(e *edit, id string, doc M) error {
		return e.changed(kind, id, state(doc), doc)
	}
}

// CreateNote adds an internal note (REC-1).
func (s *Service) CreateNote(ctx context.Context, req *intakev1.CreateNoteRequest) (*intakev1.Note, error) {
	return create(ctx, s, req.GetParent(), NoteEntry, req.GetNote(), told(NoteEntry, func(*intakev1.Note) string { return "" }))
}

// CreateFlag records a circumstance to mind, with necessity and expiry (REC-7).
func (s *Service) CreateFlag(ctx context.Context, req *intakev1.CreateFlagRequest) (*intakev1.Flag, error) {
	return create(ctx, s, req.GetParent(), FlagEntry, req.GetFlag(), s.flagged)
}

// UpdateFlag changes when a flag expires, or its necessity (REC-7).
func (s *Service) UpdateFlag(ctx context.Context, req *intakev1.UpdateFlagRequest) (*intakev1.Flag, error) {
	sent := req.GetFlag()
	fields, err := fieldsOf(sent, req.GetUpdateMask().GetPaths(), []string{"necessity", "expire_time"})
	if err != nil {
		return nil, err
	}
	return update(ctx, s, "flag", FlagEntry, sent, sent.GetName(), fields, s.flagged)
}

// flagged holds the expiry of a flag: at most as far away as the policy allows, and ahead
// when it is made. Later it may be ended at once.
func (s *Service) flagged(e *edit, id string, flag *intakev1.Flag) error {
	longest := e.now.Add(s.policy.Proto().GetRecord().GetFlagLife().AsDuration())
	switch at := flag.GetExpireTime(); {
	case at == nil:
		flag.ExpireTime = stamp(longest)
	case at.CheckValid() != nil:
		return invalid("flag.expire_time", "must be a time")
	case at.AsTime().After(longest):
		return invalid("flag.expire_time", "must not lie further ahead than the policy allows (record.flag_life); look at it again then")
	case !at.AsTime().After(e.now) && e.entry(FlagEntry, id) == nil:
		return invalid("flag.expire_time", "must lie ahead; a flag that is over is shown to nobody")
	}
	if wording.Blank(flag.GetNecessity()) {
		return invalid("flag.necessity", "must not be blank")
	}
	// What kind of circumstance it is, is as personal as the words.
	return e.changed(FlagEntry, id, "", flag)
}

// CreateRepresentative records somebody who may act for the customer (REC-7).
func (s *Service) CreateRepresentative(ctx context.Context, req *intakev1.CreateRepresentativeRequest) (*intakev1.Representative, error) {
	return create(ctx, s, req.GetParent(), RepresentativeEntry, req.GetRepresentative(), func(e *edit, id string, r *intakev1.Representative) error {
		r.State = intakev1.Representative_ACTIVE
		if err := s.reached(r); err != nil {
			return err
		}
		return e.changed(RepresentativeEntry, id, r.GetState().String(), r)
	})
}

// UpdateRepresentative revokes a representative, or corrects how to reach them.
func (s *Service) UpdateRepresentative(ctx context.Context, req *intakev1.UpdateRepresentativeRequest) (*intakev1.Representative, error) {
	sent := req.GetRepresentative()
	fields, err := fieldsOf(sent, req.GetUpdateMask().GetPaths(), []string{"state", "phone", "email"})
	if err != nil {
		return nil, err
	}
	return update(ctx, s, "representative", RepresentativeEntry, sent, sent.GetName(), fields,
		func(e *edit, id string, r *intakev1.Representative) error {
			if r.GetState() == intakev1.Representative_STATE_UNSPECIFIED {
				return invalid("representative.state", "must be ACTIVE or REVOKED")
			}
			if slices.Contains(fields, "phone") {
				if err := s.reached(r); err != nil {
					return err
				}
			}
			return e.changed(RepresentativeEntry, id, r.GetState().String(), r)
		})
}

// reached holds that a representative's telephone number is one, as the customer's must be.
func (s *Service) reached(r *intakev1.Representative) (err error) {
	if r.GetPhone() == "" {
		return nil
	}
	r.Phone, err = phoneNumber("representative.phone", r.GetPhone(), s.policy.Proto().GetLimits().GetPhoneRegion())
	return err
}

// CreateVerification records that it was looked at who the customer is (REC-7).
func (s *Service) CreateVerification(ctx context.Context, req *intakev1.CreateVerificationRequest) (*intakev1.Verification, error) {
	return create(ctx, s, req.GetParent(), VerificationEntry, req.GetVerification(), func(e *edit, id string, v *intakev1.Verification) error {
		if name := v.GetRepresentative(); name != "" {
			complaint, representative, err := entryID("verification.representative", RepresentativeEntry, name)
			if err != nil {
				return err
			}
			if complaint != e.ID || e.entry(RepresentativeEntry, representative) == nil {
				return invalid("verification.representative", "must be a representative of this complaint")
			}
		}
		return e.changed(VerificationEntry, id, v.GetResult().String(), v)
	}, RepresentativeEntry)
}

// CreateAllegedPromise records what the customer says was promised (REC-9).
func (s *Service) CreateAllegedPromise(ctx context.Context, req *intakev1.CreateAllegedPromiseRequest) (*intakev1.AllegedPromise, error) {
	return create(ctx, s, req.GetParent(), AllegedPromiseEntry, req.GetAllegedPromise(), func(e *edit, id string, p *intakev1.AllegedPromise) error {
		p.State, p.Evidence = intakev1.AllegedPromise_ALLEGED, ""
		return e.changed(AllegedPromiseEntry, id, p.GetState().String(), p)
	})
}

// UpdateAllegedPromise verifies or refutes an alleged promise, with evidence (REC-9). What is verified is owed from then on, so only an open
// complaint has it: nobody would keep the time in one that has ended. Errors: STATE_FORBIDS, and those of mayJudge.
func (s *Service) UpdateAllegedPromise(ctx context.Context, req *intakev1.UpdateAllegedPromiseRequest) (*intakev1.AllegedPromise, error) {
	sent := req.GetAllegedPromise()
	fields, err := fieldsOf(sent, req.GetUpdateMask().GetPaths(), []string{"state", "evidence"})
	if err != nil {
		return nil, err
	}
	if wording.Blank(sent.GetEvidence()) { // What the last judgement rests on does not prove another one.
		return nil, invalid("alleged_promise.evidence", "must say what it was verified or refuted by")
	}
	who := caller(ctx)
	return update(ctx, s, "alleged_promise", AllegedPromiseEntry, sent, sent.GetName(), fields,
		func(e *edit, id string, p *intakev1.AllegedPromise) error {
			if err := e.mayJudge(who, id, p); err != nil {
				return err
			}
			switch p.GetState() {
			case intakev1.AllegedPromise_VERIFIED, intakev1.AllegedPromise_REFUTED:
			default:
				return invalid("alleged_promise.state", "must be VERIFIED or REFUTED")
			}
			if p.GetState() == intakev1.AllegedPromise_VERIFIED {
				if err := e.want(Received, Active, Resolving); err != nil {
					return err
				}
			}
			if err := s.judged(e, id, p); err != nil {
				return err
			}
			return e.changed(AllegedPromiseEntry, id, p.GetState().String(), p)
		})
}

// mayJudge refuses whoever is complained about, and whoever is said to have promised it: what they would judge is their own word. What is verified
// is owed, so taking that back is nobody's alone who handles it (PROM-1). Errors: AGENT_RECUSED, VERIFIED_ALREADY.
func (e *edit) mayJudge(who auth.Identity, id string, p *intakev1.AllegedPromise) error {
	if err := e.recused(); err != nil {
		return err
	}
	bare := func(name string) string {
		return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "agents/")
	}
	if bare(p.GetSpeaker()) == bare(e.actor) { // The speaker may have been written down without the collection.
		return judgesOwnPromise()
	}
	verified := e.entry(AllegedPromiseEntry, id).Code == int32(intakev1.AllegedPromise_VERIFIED)
	if verified && p.GetState() == intakev1.AllegedPromise_REFUTED &&
		!who.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) {
		return verifiedAlready()
	}
	return nil
}

// judged tells that a promise was verified, which is owed then, or refuted. What was verified before is owed already.
func (s *Service) judged(e *edit, id string, p *intakev1.AllegedPromise) error {
	name := entryName(e.ID, AllegedPromiseEntry, id)
	told := &eventv1.AllegedPromiseJudged{
		AllegedPromise: name, Verified: p.GetState() == intakev1.AllegedPromise_VERIFIED, DueTime: p.GetDueTime(),
	}
	if told.GetVerified() { // Nobody needs the words of what was refuted.
		owner, place := e.owner(AllegedPromiseEntry, id), name+"#promised"
		text, err := owner.key.Seal([]byte(p.GetText()), place)
		if err != nil {
			return fmt.Errorf("intake: seal %s: %w", place, err)
		}
		told.Text = &eventv1.Sealed{Customer: owner.customer, Ciphertext: text, Place: place}
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AllegedPromiseJudged{AllegedPromiseJudged: told}})
	return nil
}
