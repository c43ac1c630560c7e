package intake

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/vault"
)

// GetAssessment reads investigation, assessments, rulings and appeals, with what
// similar complaints suggest. Words are masked for roles that do not need personal
// data, and these get no suggestion, whose reasons are the customer's words (API-4).
func (s *Service) GetAssessment(ctx context.Context, req *intakev1.GetAssessmentRequest) (*intakev1.CaseAssessment, error) {
	id, err := complaintID("name", strings.TrimSuffix(req.GetName(), "/assessment"))
	if err != nil {
		return nil, err
	}
	record, entries, err := s.records.Entries(ctx, id, InvestigationEntry, AssessmentEntry, RulingEntry, AppealEntry)
	if err != nil {
		return nil, fault(err)
	}
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		return nil, err
	}
	out := &intakev1.CaseAssessment{Name: req.GetName()}
	for i := range entries {
		if err := addAssessment(key, &entries[i], out); err != nil {
			s.logger.ErrorContext(ctx, "an entry cannot be opened", "entry", entries[i].Name())
		}
	}
	out.Current, out.Earlier = holding(out.GetEarlier(), record.Cycle)
	out.Ruling, out.EarlierRulings = holding(out.GetEarlierRulings(), record.Cycle)
	out.Appeal, out.EarlierAppeals = holding(out.GetEarlierAppeals(), record.Cycle)
	filing, details, damaged := s.open(&record)
	if damaged != nil {
		s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
	}
	out.RefusalOnRecord = details.Refusal.onRecord(record.Cycle) // Names and times, no words.
	if !seesPersonalData(caller(ctx)) {
		maskAssessment(out)
		return out, nil
	}
	if damaged == nil {
		out.Suggestion = s.suggestion(&record.Complaint, filing)
	}
	return out, nil
}

// addAssessment adds an entry to what is answered, whether it still holds or not.
func addAssessment(key *vault.DataKey, entry *Entry, out *intakev1.CaseAssessment) (err error) {
	switch entry.Kind {
	case InvestigationEntry:
		out.Steps, err = appended(key, entry, out.GetSteps(), &intakev1.InvestigationStep{})
	case AssessmentEntry:
		out.Earlier, err = appended(key, entry, out.GetEarlier(), &intakev1.Assessment{})
	case RulingEntry:
		out.EarlierRulings, err = appended(key, entry, out.GetEarlierRulings(), &intakev1.Ruling{})
	case AppealEntry:
		out.EarlierAppeals, err = appended(key, entry, out.GetEarlierAppeals(), &intakev1.Appeal{})
	default: // No other kind was asked for.
	}
	return err
}

// holding takes the last document off a list if it is one of this cycle.
func holding[M interface{ GetCycle() int32 }](all []M, cycle int32) (last M, earlier []M) {
	if n := len(all); n > 0 && all[n-1].GetCycle() == cycle {
		return all[n-1], all[:n-1]
	}
	return last, all
}

// maskAssessment clears the words of everybody. What is coded, and who of ours is
// meant, stays.
func maskAssessment(out *intakev1.CaseAssessment) {
	var docs []proto.Message
	for _, step := range out.GetSteps() {
		docs = append(docs, step)
		step.Evidence = namesOnly(step.GetEvidence())
		if check := step.GetOwnProcessCheck(); check != nil {
			check.Result = ""
		}
	}
	for _, assessment := range append(out.GetEarlier(), out.GetCurrent()) {
		docs = append(docs, assessment)
	}
	for _, ruling := range append(out.GetEarlierRulings(), out.GetRuling()) {
		docs = append(docs, ruling)
	}
	for _, appeal := range append(out.GetEarlierAppeals(), out.GetAppeal()) {
		docs = append(docs, appeal)
	}
	for _, doc := range docs {
		if doc.ProtoReflect().IsValid() {
			mask(doc)
		}
	}
}

// namesOnly are those pieces of evidence that are names of resources.
func namesOnly(evidence []string) (out []string) {
	for _, e := range evidence {
		if resourceName(e) {
			out = append(out, e)
		}
	}
	return out
}

// resourceName tells whether a text has the form of a name of something on record
// here: no words fit into that.
func resourceName(text string) bool {
	id, ok := strings.CutPrefix(text, "complaints/")
	if !ok {
		return false
	}
	for i, part := range strings.Split(id, "/") {
		const length = 26
		if i%2 == 0 && (len(part) != length || strings.Trim(part, "0123456789abcdefghijklmnopqrstuvwxyz") != "") {
			return false
		}
		if i%2 == 1 && !collections(part) {
			return false
		}
	}
	return true
}

// collections tells whether there are resources of a complaint by that name.
func collections(name string) bool {
	if name == "messages" || name == "attachments" {
		return true
	}
	for kind := ItemEntry; kind <= AppealEntry; kind++ {
		if kind.collection() == name {
			return true
		}
	}
	return false
}
