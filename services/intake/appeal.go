package intake

import (
	"context"
	"strings"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// AppealRuling records that somebody whom the ruling concerns, or their supervisor,
// does not accept it. That is possible once in a cycle (ASSESS-4).
func (s *Service) AppealRuling(ctx context.Context, req *intakev1.AppealRulingRequest) (*intakev1.Appeal, error) {
	appeal := &intakev1.Appeal{Grounds: req.GetGrounds(), State: intakev1.Appeal_PENDING}
	directory, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	return create(ctx, s, req.GetName(), AppealEntry, appeal, func(e *edit, id string, appeal *intakev1.Appeal) error {
		if err := e.fresh(req.GetEtag()); err != nil {
			return err
		}
		ruling, err := e.ruling()
		switch {
		case err != nil:
			return err
		case e.last(AppealEntry) != nil:
			return rulingAppealed()
		case !directory.mayAppeal(e.actor, ruling.GetConcerned()):
			return appealNotAllowed()
		}
		appeal.Ruling = ruling.GetName()
		name := entryName(e.ID, AppealEntry, id)
		grounds, err := e.sealed(appeal.GetGrounds(), name+"#grounds")
		if err != nil {
			return err
		}
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_RulingAppealed{RulingAppealed: &eventv1.RulingAppealed{
			Appeal: name, Ruling: ruling.GetName(), Grounds: grounds,
		}}})
		return nil
	}, RulingEntry)
}

// ruling is the one that holds in this cycle; RULING_MISSING when there is none.
func (e *edit) ruling() (*intakev1.Ruling, error) {
	entry := e.last(RulingEntry)
	if entry == nil {
		return nil, rulingMissing()
	}
	ruling := &intakev1.Ruling{}
	return ruling, readEntry(e.key, entry, ruling)
}

// appealed is the ruling that an appeal is against, which need not be the last one
// on record. An id is unique, so it is found where it went with its complaint, too.
func (e *edit) appealed(appeal *intakev1.Appeal) (*intakev1.Ruling, error) {
	name := appeal.GetRuling()
	entry := e.entry(RulingEntry, name[strings.LastIndexByte(name, '/')+1:])
	if entry == nil {
		return nil, rulingMissing()
	}
	ruling := &intakev1.Ruling{}
	return ruling, readEntry(e.key, entry, ruling)
}

// DecideAppeal ends an appeal. Who decides is independent: not the handler, not who
// ruled or appealed, nobody concerned (ASSESS-4).
func (s *Service) DecideAppeal(ctx context.Context, req *intakev1.DecideAppealRequest) (*intakev1.Appeal, error) {
	overturned := req.GetDecision() == intakev1.Appeal_OVERTURNED
	if overturned != (req.GetResponsibility() != policyv1.Responsibility_RESPONSIBILITY_UNSPECIFIED) {
		return nil, invalid("responsibility", "must say what holds instead with OVERTURNED, and nothing with UPHELD")
	}
	complaint, err := complaintID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	directory, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	record, entries, err := s.records.Entries(ctx, complaint, AppealEntry)
	if err != nil {
		return nil, fault(err)
	}
	pending := (&edit{Complaint: &record.Complaint, entries: entries}).last(AppealEntry)
	if pending == nil {
		return nil, appealNotPending()
	}
	only := draft[*intakev1.Appeal]{complaint: complaint, id: pending.ID, kind: AppealEntry, shown: []EntryKind{RulingEntry}, doc: &intakev1.Appeal{}}
	return amend(ctx, s, only, func(e *edit, appeal *intakev1.Appeal) error {
		if err := e.fresh(req.GetEtag()); err != nil {
			return err
		}
		if err := readEntry(e.key, e.entry(AppealEntry, pending.ID), appeal); err != nil {
			return err
		}
		if appeal.GetState() != intakev1.Appeal_PENDING || appeal.GetCycle() != e.Cycle {
			return appealNotPending()
		}
		return decideAppeal(e, directory, pending.ID, appeal, req)
	})
}

func decideAppeal(e *edit, directory directory, id string, appeal *intakev1.Appeal, req *intakev1.DecideAppealRequest) error {
	ruling, err := e.appealed(appeal)
	if err != nil {
		return err
	}
	if err := independent(e, directory, appeal, ruling); err != nil {
		return err
	}
	appeal.State, appeal.Responsibility = req.GetDecision(), ruling.GetResponsibility()
	if appeal.GetState() == intakev1.Appeal_OVERTURNED {
		if req.GetResponsibility() == ruling.GetResponsibility() {
			return invalid("responsibility", "must differ from the ruling that is overturned")
		}
		appeal.Responsibility = req.GetResponsibility()
	}
	appeal.DecisionReason, appeal.Decider, appeal.DecideTime = req.GetReason(), e.actor, stamp(e.now)
	e.Ruling = int32(appeal.GetResponsibility())
	name := appeal.GetName()
	reason, err := e.sealed(req.GetReason(), name+"#decision")
	if err != nil {
		return err
	}
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_AppealDecided{AppealDecided: &eventv1.AppealDecided{
		Appeal: name, Overturned: appeal.GetState() == intakev1.Appeal_OVERTURNED, Responsibility: appeal.GetResponsibility(), Reason: reason,
	}}})
	strip(appeal)
	return e.write(AppealEntry, id, appeal)
}

// independent refuses a decider who has a part in the matter.
func independent(e *edit, directory directory, appeal *intakev1.Appeal, ruling *intakev1.Ruling) error {
	switch {
	case e.actor == e.Assignee:
		return deciderNotIndependent("handler")
	case e.actor == ruling.GetActor():
		return deciderNotIndependent("ruler")
	case e.actor == appeal.GetActor():
		return deciderNotIndependent("appellant")
	case directory.concerned(e.actor, ruling.GetConcerned()):
		return deciderNotIndependent("concerned")
	}
	return nil
}
