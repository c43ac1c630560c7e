package story

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/money"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// begin prints the head of a scene.
func (s *stage) begin(scene string) {
	s.paper.heading(s.words.say("scene." + scene))
	s.paper.prose(s.words.say("scene." + scene + ".prose"))
}

// speak prints what somebody said, with a translation where the narration has one.
func (s *stage) speak(scene, text string) {
	s.paper.below(plain, s.words.say("quote", "text", text))
	s.mean(scene)
}

// mean prints the translation of what was said.
func (s *stage) mean(scene string) {
	if meaning := s.words.say("act." + scene + ".text"); meaning != "" {
		s.paper.below(dim, meaning)
	}
}

// complainant is the customer, whom each telling makes anew: what was told before is no earlier complaint of his.
func (s *stage) complainant() *intakev1.Complainant {
	if s.phone == "" {
		s.phone = s.newPhone()
	}
	return &intakev1.Complainant{DisplayName: "王先生", Phone: s.phone}
}

// newPhone is the number of a customer whom nobody knows yet, also when the story is told twice at the same moment: the same customer is
// not asked twice within days.
func (s *stage) newPhone() string {
	random := uuid.New()
	return fmt.Sprintf("138%08d", binary.BigEndian.Uint32(random[:4])%100_000_000)
}

func (s *stage) file(ctx context.Context) error {
	s.begin("filed")
	complaint := &intakev1.Complaint{}
	err := s.server.post(ctx, s.tokens[customer], "/v1/complaints", &intakev1.CreateComplaintRequest{
		Statement:   complains,
		Complainant: s.complainant(),
		Channel:     intakev1.Complaint_WEB,
		Target:      &intakev1.Target{Kind: policyv1.TargetKind_SERVICE, Product: "宽带"},
		Demands: []*intakev1.Demand{
			{Text: wantsPause, Kind: intakev1.Demand_CONTRACT_CHANGE},
			{Text: wantsBack, Kind: intakev1.Demand_REFUND, Amount: &money.Money{CurrencyCode: "CNY", Units: 200}},
		},
	}, complaint)
	if err != nil {
		return err
	}
	s.complaint, s.open, s.filed = complaint, complaint, s.deps.Now()
	s.act(complaint.GetReceiveTime().AsTime(), customer, s.words.say("act.file", "reference", complaint.GetReference()), "/v1/complaints")
	s.speak("file", complains)
	s.paper.below(plain, s.words.say("act.demand", "pause", wantsPause, "refund", wantsBack, "amount", s.words.say("yuan", "amount", "200")))
	s.mean("demand")
	s.paper.below(plain, s.words.say("act.owed", "list", s.owed(complaint.GetTargets())))

	acknowledge := complaint.GetTargets().GetAcknowledge().AsTime()
	if err := s.until(ctx, "somebody in charge", acknowledge, func(h happening) bool {
		return h.payload.GetComplaintActivated().GetAssignee() != ""
	}); err != nil {
		return err
	}
	if err := s.until(ctx, "the acknowledgement", acknowledge, settled(policyv1.DutyKind_ACKNOWLEDGE, policyv1.Verdict_MET)); err != nil {
		return err
	}
	text, err := s.letter(ctx)
	if err != nil {
		return err
	}
	s.paper.below(plain, s.words.say("act.letter"))
	s.paper.quote(text)
	s.mean("letter")
	return nil
}

// owed lists the declared targets.
func (s *stage) owed(t *intakev1.Targets) string {
	var list []string
	for _, one := range []struct {
		kind policyv1.DutyKind
		due  time.Time
	}{
		{policyv1.DutyKind_ACKNOWLEDGE, t.GetAcknowledge().AsTime()}, {policyv1.DutyKind_CONTACT, t.GetContact().AsTime()},
		{policyv1.DutyKind_FIRST_RESPONSE, t.GetFirstResponse().AsTime()}, {policyv1.DutyKind_CALLBACK, t.GetCallback().AsTime()},
		{policyv1.DutyKind_RESOLUTION, t.GetResolution().AsTime()},
	} {
		list = append(list, s.words.say("act.owed.one", "kind", s.words.name("kind", one.kind.String()), "due", s.since(one.due)))
	}
	return strings.Join(list, s.words.say("list"))
}

func (s *stage) answer(ctx context.Context) error {
	s.begin("answer")
	assigned := &routingv1.Assignment{}
	if err := s.get(ctx, "/assignment", assigned); err != nil {
		return err
	}
	s.assignee = assigned.GetAssignee()
	if err := s.admit(s.assignee, authv1.Role_AGENT); err != nil {
		return err
	}
	if err := s.explain(ctx); err != nil {
		return err
	}
	contact := s.complaint.GetTargets().GetContact().AsTime()
	if err := s.pause(ctx, contact.Sub(s.complaint.GetReceiveTime().AsTime())/2); err != nil {
		return err
	}
	if err := s.write(ctx, s.assignee, "answer", intakev1.Message_AGENT, policyv1.ContactWay_SMS, answers); err != nil {
		return err
	}
	return s.until(ctx, "the first response", s.complaint.GetTargets().GetFirstResponse().AsTime(),
		settled(policyv1.DutyKind_FIRST_RESPONSE, policyv1.Verdict_MET))
}

// write records a message and prints it.
func (s *stage) write(ctx context.Context, who, scene string, author intakev1.Message_Author, way policyv1.ContactWay, text string) error {
	message := &intakev1.Message{}
	if err := s.post(ctx, who, "/messages", &intakev1.Message{Author: author, Text: text, Way: way}, message); err != nil {
		return err
	}
	s.message = message.GetName()
	s.act(message.GetCreateTime().AsTime(), who, s.words.say("act."+scene), s.short("/v1/"+s.complaint.GetName()+"/messages"))
	s.speak(scene, text)
	return nil
}

func (s *stage) cancel(ctx context.Context) error {
	s.begin("cancel")
	// Well after the first warning that a higher severity would have brought, so that the next one is always the first that is told.
	if err := s.pause(ctx, 3*time.Second); err != nil {
		return err
	}
	if err := s.write(ctx, customer, "cancel", intakev1.Message_CUSTOMER, policyv1.ContactWay_CHAT, changesMind); err != nil {
		return err
	}
	if err := s.demand(ctx, "out", wantsOut, 0); err != nil {
		return err
	}
	if err := s.until(ctx, "the threat seen", s.complaint.GetTargets().GetCallback().AsTime(), signal(policyv1.SignalKind_THREAT)); err != nil {
		return err
	}
	if err := s.evidence(ctx); err != nil {
		return err
	}
	return s.acknowledge(ctx, policyv1.SignalKind_THREAT)
}

func (s *stage) shortcut(ctx context.Context) error {
	s.begin("shortcut")
	due := s.complaint.GetTargets().GetCallback().AsTime()
	if err := s.until(ctx, "a warning of the callback", due, warned(policyv1.DutyKind_CALLBACK)); err != nil {
		return err
	}
	if err := s.pause(ctx, time.Second); err != nil {
		return err
	}
	if err := s.resolve(ctx, "formletter", intakev1.Complaint_EXPLAINED, formLetter); err != nil {
		return err
	}
	return s.until(ctx, "the refusal to resolve while a callback is owed", due, func(h happening) bool {
		return len(h.payload.GetResolutionRefused().GetObjections()) > 0
	})
}

// resolve asks to resolve the complaint.
func (s *stage) resolve(ctx context.Context, scene string, outcome intakev1.Complaint_Outcome, told string) error {
	answer := &intakev1.Complaint{}
	err := s.post(ctx, s.assignee, ":resolve", &intakev1.ResolveComplaintRequest{Outcome: outcome, Resolution: told}, answer)
	if err != nil {
		return err
	}
	s.act(answer.GetUpdateTime().AsTime(), s.assignee, s.words.say("act.resolve",
		"outcome", s.words.name("outcome", outcome.String())),
		"/v1/complaints/…:resolve")
	s.speak(scene, told)
	return nil
}
