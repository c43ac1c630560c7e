package intake

import (
	"context"
	"errors"
	"slices"
	"strings"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
)

// UpdateComplaint corrects contact details or internal notes (REC-1). It never
// changes a state or a clock (CLK-4). New ways to reach the customer find the
// customer from now on; old ones go on to do so, since other complaints may
// still have them. The complaint stays with its customer, even when a new way
// belongs to another one.
func (s *Service) UpdateComplaint(ctx context.Context, req *intakev1.UpdateComplaintRequest) (*intakev1.Complaint, error) {
	sent := req.GetComplaint()
	if _, err := complaintID("complaint.name", sent.GetName()); err != nil {
		return nil, err
	}
	fields, err := updated(req)
	if err != nil {
		return nil, err
	}
	naming := slices.Contains(fields, personField)
	if naming {
		if err := s.ours(ctx, sent.GetTarget().GetPerson()); err != nil {
			return nil, err
		}
		fields = slices.DeleteFunc(fields, func(field string) bool { return field == personField })
	}
	return s.change(ctx, sent.GetName(), sent.GetEtag(), func(e *edit) error {
		if e.key == nil {
			return noDataKey(nil)
		}
		if naming {
			if err := e.names(caller(ctx), sent.GetTarget().GetPerson()); err != nil {
				return err
			}
		}
		complainant, notes := e.details.Complainant, e.details.Notes
		for _, field := range fields {
			if field == "notes" {
				notes = sent.GetNotes()
				continue
			}
			complainant.set(field, fromComplainant(sent.GetComplainant()))
		}
		if slices.ContainsFunc(fields, func(field string) bool { return field != "notes" }) {
			if err := complainant.normalize(s.policy.Proto().GetLimits().GetPhoneRegion()); err != nil {
				if wrong, ok := errors.AsType[*errs.Error](err); ok {
					return wrong.Within("complaint")
				}
				return err
			}
		}
		complainant.LanguageCode = s.policy.Language(complainant.LanguageCode, e.filing.Statement)
		if complainant == e.details.Complainant && notes == e.details.Notes {
			return nil
		}
		e.details.Complainant, e.details.Notes = complainant, notes
		e.lookups = complainant.lookups(s.keyring)
		e.Language = complainant.LanguageCode
		e.touch(e.now)
		e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{Fields: fields}}})
		return nil
	})
}

// personField is the path of who is complained about.
const personField = "target.person"

// ours wants somebody whom the directory has, or has had: it is not for correcting what the customer said.
func (s *Service) ours(ctx context.Context, person string) error {
	directory, err := s.directory(ctx)
	if err != nil {
		return err
	}
	if _, known := directory[person]; !known || !isAgent(person) {
		return invalid("complaint.target.person", "must be somebody of the directory, as agents/{agent}; what the customer said stays as it is")
	}
	return nil
}

// names says who of ours the complaint is about. Whoever was named before stays out of it all the same.
func (e *edit) names(who auth.Identity, person string) error {
	if who.Subject != e.Assignee && !who.Has(authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE) {
		return notInCharge()
	}
	if person == e.person() {
		return nil
	}
	e.concerns([]string{targetAgent(e.person()), person}, "")
	e.details.Person = person
	e.touch(e.now)
	e.tell(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{Fields: []string{personField}}}})
	return nil
}

// updatable are the fields of a complainant.
func updatable() []string {
	return []string{"display_name", "phone", "email", "customer_id", "language_code", "preferred_channel", "contact_hours", "time_zone"}
}

// set takes one field over from another complainant.
func (c *Complainant) set(field string, from Complainant) {
	switch strings.TrimPrefix(field, "complainant.") {
	case "display_name":
		c.DisplayName = from.DisplayName
	case "phone":
		c.Phone = from.Phone
	case "email":
		c.Email = from.Email
	case "customer_id":
		c.CustomerID = from.CustomerID
	case "language_code":
		c.LanguageCode = from.LanguageCode
	case "preferred_channel":
		c.PreferredChannel = from.PreferredChannel
	case "contact_hours":
		c.ContactHours = from.ContactHours
	case "time_zone":
		c.TimeZone = from.TimeZone
	}
}

// updated lists the fields to change, each once: those of the mask, or, without
// one, those that are set. The gateway makes the mask from the body, which says
// by name and etag which complaint is meant.
func updated(req *intakev1.UpdateComplaintRequest) ([]string, error) {
	var fields []string
	add := func(field string) {
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	for _, path := range req.GetUpdateMask().GetPaths() {
		name, ok := strings.CutPrefix(path, "complainant.")
		switch {
		case path == "name" || path == "etag":
		case path == "notes" || path == personField || ok && slices.Contains(updatable(), name):
			add(path)
		case path == "complainant":
			for _, field := range updatable() {
				add("complainant." + field)
			}
		default:
			return nil, errs.Invalid(errorv1.Reason_FIELD_NOT_UPDATABLE.String(), "update_mask",
				"The field %q cannot be changed; notes, complainant and target.person can.", path).With("field", path)
		}
	}
	if len(req.GetUpdateMask().GetPaths()) > 0 {
		return fields, nil
	}
	if req.GetComplaint().GetNotes() != "" {
		add("notes")
	}
	if req.GetComplaint().GetTarget().GetPerson() != "" {
		add(personField)
	}
	sent := fromComplainant(req.GetComplaint().GetComplainant())
	for _, field := range updatable() {
		var empty Complainant
		if empty.set(field, sent); empty != (Complainant{}) {
			add("complainant." + field)
		}
	}
	return fields, nil
}
