package followup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// fullSeries has every normal complaint be asked four times.
const fullSeries = `
messages: {sending_hours: []}
followups:
  plans:
    - severity: NORMAL
      touches:
        - {within: 24h, lead: 4h, share: 1}
        - {within: 72h, lead: 12h, share: 1}
        - {within: 168h, lead: 24h, share: 1}
        - {within: 720h, lead: 24h, share: 1}
    - severity: URGENT
      touches: [{within: 24h, lead: 4h, share: 1, by: PERSON}]
`

// sparseSeries is fullSeries without the second contact, which is near enough to the first one to stand for its reminder.
var sparseSeries = strings.Replace(fullSeries, "        - {within: 72h, lead: 12h, share: 1}\n", "", 1)

// asking is a desk with what is asked after a resolution.
type asking struct {
	*desk
	agents followupv1.SeriesServiceClient
	worker followupv1.SeriesServiceClient
	public followupv1.SurveyServiceClient
}

func newAsking(t *testing.T) *asking {
	t.Helper()
	return newAskingBy(t, fullSeries)
}

// newAskingBy is newAsking with a policy.
func newAskingBy(t *testing.T, text string) *asking {
	t.Helper()
	d := newDeskBy(t, text)
	worker := d.harness.Conn("services/worker", authv1.Role_SERVICE)
	return &asking{
		desk: d, agents: followupv1.NewSeriesServiceClient(d.harness.Conn("agents/lin", authv1.Role_AGENT)),
		worker: followupv1.NewSeriesServiceClient(worker), public: followupv1.NewSurveyServiceClient(worker),
	}
}

// resolve has a complaint received and resolved now, and returns its name.
func (a *asking) resolve(t *testing.T) string {
	t.Helper()
	complaint := a.receive(t)
	a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	a.happens(t, complaint, 1, resolved(a.clock.Now()))
	return complaint
}

func (a *asking) touches(t *testing.T, parent, filter string) []*followupv1.FollowUp {
	t.Helper()
	res, err := a.agents.ListFollowUps(t.Context(), &followupv1.ListFollowUpsRequest{Parent: parent, Filter: filter})
	require.NoError(t, err)
	return res.GetFollowUps()
}

func (a *asking) step(t *testing.T, name string) *followupv1.FollowUpStep {
	t.Helper()
	step, err := a.worker.SettleFollowUp(t.Context(), &followupv1.SettleFollowUpRequest{Name: name})
	require.NoError(t, err)
	return step
}

// ask has the customer asked by the preferred way.
func (a *asking) ask(t *testing.T, name string, way policyv1.ContactWay) *followupv1.FollowUpStep {
	t.Helper()
	step, err := a.worker.AskFollowUp(t.Context(), askedBy(name, way))
	require.NoError(t, err)
	return step
}

func askedBy(name string, way policyv1.ContactWay) *followupv1.AskFollowUpRequest {
	return &followupv1.AskFollowUpRequest{
		Name: name, PreferredWay: way,
		Recipient: &followupv1.Recipient{Customer: customer, DisplayName: "王", Phone: "+8613800138000", Email: "wang@example.com", LanguageCode: "zh-Hans"},
	}
}

// token is that of the last survey that was sent.
func (a *asking) token(t *testing.T) string {
	t.Helper()
	text := a.channel.sent[len(a.channel.sent)-1].Text
	_, rest, found := strings.Cut(text, "https://example.com/surveys/")
	require.True(t, found, text)
	return strings.Fields(rest)[0]
}

func (a *asking) payloads(t *testing.T, complaint, kind string) []*eventv1.Payload {
	t.Helper()
	var list []*eventv1.Payload
	for _, e := range a.events(t, complaint) {
		if e.GetType() == kind {
			p, err := eventlog.Decode(e)
			require.NoError(t, err)
			list = append(list, p)
		}
	}
	return list
}

func TestASeriesIsPlannedWithTheResolution(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAsking(t)
	complaint := a.resolve(t)
	list := a.touches(t, complaint, "")
	require.Len(t, list, 4)
	for i, within := range []time.Duration{24, 72, 168, 720} {
		require.Equal(t, start().Add(within*time.Hour), list[i].GetDueTime().AsTime())
		require.Equal(t, followupv1.FollowUp_PLANNED, list[i].GetState())
		require.Equal(t, a.duties(t, complaint)[strings.TrimPrefix(list[i].GetDuty(), complaint+"/duties/")].GetDueTime().AsTime(), list[i].GetDueTime().AsTime())
	}
	require.Len(t, a.payloads(t, complaint, "series_planned"), 1)
	a.happens(t, complaint, 1, closed(intakev1.Complaint_REMEDIED))
	require.Equal(t, followupv1.FollowUp_PLANNED, a.touches(t, complaint, "")[0].GetState(), "who closes it ends nothing of it")
	require.Equal(t, followupv1.Duty_OPEN, a.duties(t, complaint)["1-follow-up-1"].GetState())
}

func TestASurveyMeetsTheDutyWhenItIsSent(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-2")
	a := newAsking(t)
	complaint := a.resolve(t)
	first := complaint + "/followUps/1-1"
	require.Equal(t, followupv1.FollowUpStep_WAIT, a.step(t, first).GetAction())
	require.Equal(t, start().Add(20*time.Hour), a.step(t, first).GetNextTime().AsTime())
	a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Empty(t, a.channel.sent, "nobody is asked before the time")
	a.clock.Set(start().Add(20 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_ASK, a.step(t, first).GetAction())
	for range 3 { // However often it is asked for.
		step := a.ask(t, first, policyv1.ContactWay_EMAIL)
		require.Equal(t, followupv1.FollowUpStep_WAIT, step.GetAction())
		require.Equal(t, policyv1.Verdict_MET, step.GetVerdict())
	}
	require.Len(t, a.channel.sent, 1)
	require.Equal(t, "MET", a.duties(t, complaint)["1-follow-up-1"].GetVerdict().String())
	for _, e := range a.events(t, complaint) {
		require.NotContains(t, string(e.GetPayload()), a.token(t), "the token is in the message alone")
	}
	survey, err := a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: a.token(t)})
	require.NoError(t, err)
	require.Equal(t, "zh-Hans", survey.GetLanguageCode())
	require.NotEmpty(t, survey.GetDoneQuestion())
	res, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 5, Comment: "谢谢"})
	require.NoError(t, err)
	require.False(t, res.GetReopened())
	touch := a.touches(t, complaint, `state = "ANSWERED"`)[0]
	require.Equal(t, "谢谢", touch.GetAnswer().GetComment())
	require.Equal(t, int32(5), touch.GetAnswer().GetSatisfaction())
	require.Empty(t, a.payloads(t, complaint, "series_ended"), "three more are to come")
	require.NotContains(t, string(a.events(t, complaint)[len(a.events(t, complaint))-1].GetPayload()), "谢谢")
}

// TestTheSameMessageIsSentAfterAFailure: the channel has taken it, or not, and the call comes again.
func TestTheSameMessageIsSentAfterAFailure(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAsking(t)
	first := a.resolve(t) + "/followUps/1-1"
	a.clock.Set(start().Add(20 * time.Hour))
	a.channel.err = errBroken()
	waits := a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Equal(t, followupv1.FollowUpStep_WAIT, waits.GetAction(), "it is on record, and tried again")
	require.Equal(t, followupv1.FollowUp_PLANNED, waits.GetState(), "what was not sent asks nobody")
	require.Equal(t, waits.GetNextTime(), a.step(t, first).GetNextTime())
	a.clock.Set(start().Add(25 * time.Hour))
	step := a.step(t, first)
	require.True(t, step.GetBroken(), "the clock does not wait for a channel")
	a.channel.err = nil
	require.NoError(t, a.service.DeliverMessages(t.Context()))
	step = a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Equal(t, followupv1.FollowUp_ASKED, step.GetState())
	require.Len(t, a.channel.sent, 1)
	require.Equal(t, policyv1.Verdict_MET_LATE, step.GetVerdict())
	require.False(t, step.GetBroken())
}

func TestNoAnswerIsNeverSatisfaction(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAskingBy(t, sparseSeries)
	complaint := a.resolve(t)
	first := complaint + "/followUps/1-1"
	asked := start().Add(20 * time.Hour)
	a.clock.Set(asked)
	step := a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Equal(t, asked.Add(36*time.Hour), step.GetNextTime().AsTime())
	earlier := a.token(t)
	a.clock.Set(asked.Add(36 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_REMIND, a.step(t, first).GetAction())
	require.Equal(t, asked.Add(72*time.Hour), a.ask(t, first, policyv1.ContactWay_EMAIL).GetNextTime().AsTime())
	require.Len(t, a.channel.sent, 2)
	require.NotEqual(t, earlier, a.token(t))
	for _, token := range []string{earlier, a.token(t)} {
		_, err := a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: token})
		require.NoError(t, err, "both links lead to the survey")
	}
	a.clock.Set(asked.Add(72 * time.Hour))
	require.Equal(t, followupv1.FollowUpStep_ENDED, a.step(t, first).GetAction())
	require.Equal(t, followupv1.FollowUp_UNANSWERED, a.step(t, first).GetState())
	require.Len(t, a.payloads(t, complaint, "touch_unanswered"), 1)
	_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 5})
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
	for i, at := range []time.Duration{144, 696} {
		name := complaint + "/followUps/1-" + string(rune('2'+i))
		a.clock.Set(start().Add(at * time.Hour))
		a.ask(t, name, policyv1.ContactWay_EMAIL)
		a.clock.Set(start().Add((at + 73) * time.Hour))
		a.step(t, name)
	}
	ended := a.payloads(t, complaint, "series_ended")
	require.Len(t, ended, 1)
	require.Equal(t, eventv1.SeriesEnded_COMPLETED, ended[0].GetSeriesEnded().GetReason())
	require.False(t, ended[0].GetSeriesEnded().GetSatisfied())
}

func TestAPersonAsks(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-2")
	a := newAsking(t)
	complaint := a.resolve(t)
	first := complaint + "/followUps/1-1"
	a.clock.Set(start().Add(20 * time.Hour))
	step := a.ask(t, first, policyv1.ContactWay_PHONE)
	require.Equal(t, followupv1.FollowUp_PERSON, step.GetMode())
	require.Equal(t, followupv1.FollowUpStep_WARN, step.GetAction(), "whoever owes it is told")
	require.Len(t, a.touches(t, "complaints/-", `state = "ASKED" AND mode = "PERSON"`), 1)
	mine := `state = "ASKED" AND mode = "PERSON" AND owner = "agents/wu" AND department = "departments/returns"`
	require.Empty(t, a.touches(t, "complaints/-", mine), "nobody is in charge")
	parent, _, _ := strings.Cut(step.GetDuty(), "/duties/")
	for _, who := range []string{"agents/lin", "agents/wu"} { // Also after the end it is given to somebody else.
		a.happens(t, parent, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
			Department: "departments/returns", Assignee: who, Changed: true,
		}}})
	}
	require.Len(t, a.touches(t, "complaints/-", mine), 1)
	a.clock.Set(start().Add(24*time.Hour + time.Minute))
	require.Len(t, a.touches(t, complaint, `overdue = true`), 1)
	require.True(t, a.step(t, first).GetBroken())
	answer := &followupv1.AnswerFollowUpRequest{
		Name: first, Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: policyv1.ContactWay_PHONE, Done: proto.Bool(true), Satisfaction: 2,
		Comment: "等太久", Told: "仓库换了包装",
	}
	res, err := a.agents.AnswerFollowUp(t.Context(), answer)
	require.NoError(t, err)
	require.True(t, res.GetAnswer().GetReopened())
	require.Equal(t, "仓库换了包装", res.GetAnswer().GetTold())
	require.Equal(t, "MET_LATE", a.duties(t, complaint)["1-follow-up-1"].GetVerdict().String(), "the old verdict stays")
	require.Equal(t, eventv1.SeriesEnded_REOPENED, a.payloads(t, complaint, "series_ended")[0].GetSeriesEnded().GetReason())
	for _, touch := range a.touches(t, complaint, "")[1:] {
		require.Equal(t, followupv1.FollowUp_STOPPED, touch.GetState())
		require.NotEmpty(t, touch.GetStopReason())
	}
	a.happens(t, complaint, 2, a.reopened(t))
	require.Equal(t, "MET_LATE", a.duties(t, complaint)["1-follow-up-1"].GetVerdict().String())
	require.Equal(t, "OPEN", a.duties(t, complaint)["2-callback"].GetState().String(), "a cycle with clocks of its own")
	require.Len(t, a.payloads(t, complaint, "series_ended"), 1, "it has ended already")
}

func TestCallsThatReachNobodyEndInASurvey(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1", "FUP-3")
	a := newAsking(t)
	complaint := a.resolve(t)
	first := complaint + "/followUps/1-1"
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, first, policyv1.ContactWay_PHONE)
	for range 2 {
		_, err := a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
			Name: first, Outcome: followupv1.AnswerFollowUpRequest_NOT_REACHED, Way: policyv1.ContactWay_PHONE,
		})
		require.NoError(t, err)
	}
	require.Equal(t, followupv1.FollowUpStep_ASK, a.step(t, first).GetAction())
	step := a.ask(t, first, policyv1.ContactWay_PHONE)
	require.Equal(t, followupv1.FollowUp_SURVEY, step.GetMode())
	require.Equal(t, policyv1.Verdict_MET, step.GetVerdict())
	require.Len(t, a.channel.sent, 1)

	nobody := a.resolve(t) + "/followUps/1-1"
	a.clock.Set(start().Add(42 * time.Hour))
	req := askedBy(nobody, policyv1.ContactWay_EMAIL)
	req.Recipient.Phone, req.Recipient.Email = "", ""
	_, err := a.worker.AskFollowUp(t.Context(), req)
	require.NoError(t, err)
	for range 2 {
		_, err := a.agents.AnswerFollowUp(t.Context(), &followupv1.AnswerFollowUpRequest{
			Name: nobody, Outcome: followupv1.AnswerFollowUpRequest_NOT_REACHED, Way: policyv1.ContactWay_VISIT,
		})
		require.NoError(t, err)
	}
	step, err = a.worker.AskFollowUp(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, followupv1.FollowUp_UNANSWERED, step.GetState())
	require.Equal(t, policyv1.Verdict_VERDICT_UNSPECIFIED, step.GetVerdict(), "it is released, and not called kept")
}

func TestNobodyIsAskedWhoDoesNotWishIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	complaint := a.resolve(t)
	wish := &followupv1.StopFollowUpsRequest{Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: a.wished(t, complaint)}
	res, err := a.agents.StopFollowUps(t.Context(), wish)
	require.NoError(t, err)
	require.Len(t, res.GetFollowUps(), 4)
	for _, touch := range res.GetFollowUps() {
		require.Equal(t, followupv1.FollowUp_STOPPED, touch.GetState())
	}
	require.Equal(t, "RELEASED", a.duties(t, complaint)["1-follow-up-4"].GetState().String())
	told := &eventv1.SeriesEnded{Reason: eventv1.SeriesEnded_CUSTOMER_WISH, Evidence: wish.GetEvidence()}
	require.True(t, proto.Equal(told, a.payloads(t, complaint, "series_ended")[0].GetSeriesEnded()))
	_, err = a.agents.StopFollowUps(t.Context(), wish)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NOTHING_TO_STOP.String())

	// With the answer to a survey, too.
	other := a.resolve(t)
	a.clock.Set(start().Add(23 * time.Hour))
	a.ask(t, other+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	_, err = a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: a.token(t), Done: proto.Bool(true), Satisfaction: 4, Stop: true})
	require.NoError(t, err)
	require.Equal(t, eventv1.SeriesEnded_CUSTOMER_WISH, a.payloads(t, other, "series_ended")[0].GetSeriesEnded().GetReason())
}

func TestACustomerIsAskedOnceAboutTwoComplaints(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-1")
	a := newAsking(t)
	older := a.resolve(t)
	a.clock.Set(start().Add(6 * time.Hour))
	newer := a.resolve(t)
	first := newer + "/followUps/1-1"
	require.Equal(t, older+"/followUps/1-1", a.touches(t, newer, "")[0].GetMergedInto())
	require.NotContains(t, a.duties(t, newer), "1-follow-up-1")
	require.Equal(t, []string{first}, a.touches(t, older, "")[0].GetMerged(), "whoever asks knows of both")
	require.Equal(t, start().Add(24*time.Hour), a.step(t, first).GetNextTime().AsTime())
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, older+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	require.Contains(t, a.channel.sent[0].Text, "R-7K3M-9QX2-C、R-7K3M-9QX2-C", "both are named")
	step := a.step(t, first)
	require.Equal(t, followupv1.FollowUp_PLANNED, step.GetState(), "it is not over before the customer has answered")
	require.Equal(t, start().Add(92*time.Hour), step.GetNextTime().AsTime())
	a.ask(t, first, policyv1.ContactWay_EMAIL)
	require.Len(t, a.channel.sent, 1)

	// What it was to go with is not made: then it stands by itself again.
	second := newer + "/followUps/1-2"
	require.Equal(t, older+"/followUps/1-2", a.touches(t, newer, "")[1].GetMergedInto())
	a.happens(t, older, 2, a.reopened(t))
	step = a.step(t, second)
	require.Equal(t, followupv1.FollowUp_PLANNED, step.GetState())
	require.Equal(t, newer+"/duties/1-follow-up-2", step.GetDuty())
	require.Equal(t, start().Add(78*time.Hour), step.GetDueTime().AsTime())
}

func TestFollowUpsThatAreRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	a := newAsking(t)
	complaint := a.resolve(t)
	first := complaint + "/followUps/1-1"
	answer := func(change func(*followupv1.AnswerFollowUpRequest)) error {
		req := &followupv1.AnswerFollowUpRequest{
			Name: first, Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: policyv1.ContactWay_PHONE, Done: proto.Bool(true), Satisfaction: 4,
		}
		change(req)
		_, err := a.agents.AnswerFollowUp(t.Context(), req)
		return err
	}
	same := func(*followupv1.AnswerFollowUpRequest) {}
	rpctest.RequireReason(t, answer(same), codes.FailedPrecondition, followupv1.ErrorReason_FOLLOW_UP_NOT_OPEN.String())
	a.clock.Set(start().Add(21 * time.Hour))
	a.ask(t, first, policyv1.ContactWay_PHONE)
	rpctest.RequireReason(t, answer(func(r *followupv1.AnswerFollowUpRequest) { r.Name = complaint + "/followUps/1-9" }),
		codes.NotFound, followupv1.ErrorReason_FOLLOW_UP_NOT_FOUND.String())
	rpctest.RequireReason(t, answer(func(r *followupv1.AnswerFollowUpRequest) { r.Way = policyv1.ContactWay_LETTER }),
		codes.InvalidArgument, followupv1.ErrorReason_WAY_NOT_TWO_WAY.String())
	for _, at := range []time.Duration{20*time.Hour + 59*time.Minute, 30 * time.Hour} {
		rpctest.RequireReason(t, answer(func(r *followupv1.AnswerFollowUpRequest) { r.ContactTime = timestamppb.New(start().Add(at)) }),
			codes.InvalidArgument, followupv1.ErrorReason_CONTACT_TIME_INVALID.String())
	}
	rpctest.RequireReason(t, answer(func(r *followupv1.AnswerFollowUpRequest) { r.Done = nil }),
		codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	rpctest.RequireReason(t, answer(func(r *followupv1.AnswerFollowUpRequest) { r.Outcome = followupv1.AnswerFollowUpRequest_NOT_REACHED }),
		codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	req := askedBy(complaint+"/followUps/1-2", policyv1.ContactWay_EMAIL)
	req.Recipient.Customer = "customers/0198c1b00000700080000000zz"
	_, err := a.worker.AskFollowUp(t.Context(), req)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	require.NoError(t, answer(same))
	rpctest.RequireReason(t, answer(same), codes.FailedPrecondition, followupv1.ErrorReason_FOLLOW_UP_NOT_OPEN.String())
}

// TestTokensThatLeadNowhereHaveOneAnswer, whether they were forged, spent, or are of a complaint that is dealt with again.
func TestTokensThatLeadNowhereHaveOneAnswer(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-2")
	a := newAsking(t)
	complaint := a.resolve(t)
	a.clock.Set(start().Add(20 * time.Hour))
	a.ask(t, complaint+"/followUps/1-1", policyv1.ContactWay_EMAIL)
	good := a.token(t)
	_, err := a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: good, Done: proto.Bool(false), Satisfaction: 3})
	require.NoError(t, err)
	forged := "a" + good[1:]
	if forged == good {
		forged = "b" + good[1:]
	}
	var told []string
	for _, token := range []string{good, forged, strings.ToUpper(good), "x", complaint, good + " "} {
		_, err := a.public.GetSurvey(t.Context(), &followupv1.GetSurveyRequest{Token: token})
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
		told = append(told, err.Error())
		_, err = a.public.AnswerSurvey(t.Context(), &followupv1.AnswerSurveyRequest{Token: token, Done: proto.Bool(true), Satisfaction: 3})
		rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_SURVEY_NOT_FOUND.String())
		told = append(told, err.Error())
	}
	for _, text := range told {
		require.Equal(t, told[0], text)
	}
	require.Len(t, a.payloads(t, complaint, "touch_answered"), 1)
	require.True(t, a.payloads(t, complaint, "touch_answered")[0].GetTouchAnswered().GetReopen(), "it was not done")
	_, err = a.agents.ListFollowUps(t.Context(), &followupv1.ListFollowUpsRequest{Parent: complaint, Filter: "token = 1"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID.String())
}

func TestFollowUpsHavePages(t *testing.T) {
	t.Parallel()
	a := newAsking(t)
	complaint := a.resolve(t)
	var names []string
	req := &followupv1.ListFollowUpsRequest{Parent: complaint, PageSize: 3}
	for range 2 {
		res, err := a.agents.ListFollowUps(t.Context(), req)
		require.NoError(t, err)
		for _, touch := range res.GetFollowUps() {
			names = append(names, touch.GetName())
		}
		req.PageToken = res.GetNextPageToken()
	}
	require.Len(t, names, 4)
	require.Empty(t, req.GetPageToken())
}
