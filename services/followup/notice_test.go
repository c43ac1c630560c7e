package followup_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const byNotice = policyv1.Verdict_MET_BY_NOTICE

// callbacks is the client of somebody.
func (d *desk) callbacks(who string, roles ...authv1.Role) followupv1.CallbackServiceClient {
	return followupv1.NewCallbackServiceClient(d.harness.Conn(who, roles...))
}

func (d *desk) giveNotice(t *testing.T, complaint string) (*followupv1.Callback, error) {
	t.Helper()
	return d.callbacks("agents/lin", authv1.Role_AGENT).GiveNotice(t.Context(), &followupv1.GiveNoticeRequest{Name: complaint + "/callbacks/1"})
}

func noticeTo(complaint string) *followupv1.SendCallbackNoticeRequest {
	return &followupv1.SendCallbackNoticeRequest{
		Complaint: complaint, Cycle: 1, Reference: "R-7K3M-9QX2-C", Team: "客户关怀组", Recipient: &followupv1.Recipient{
			Customer: customer, DisplayName: "王女士", Phone: "+8613812345678", Email: "wang@example.com", LanguageCode: "zh-Hans",
		},
	}
}

func (d *desk) sendNotice(t *testing.T, complaint string) (*followupv1.Settlement, error) {
	t.Helper()
	return d.callbacks("services/worker", authv1.Role_SERVICE).SendCallbackNotice(t.Context(), noticeTo(complaint))
}

// tryInVain has the customer called three times in the quarter of an hour before the clock.
func (d *desk) tryInVain(t *testing.T, complaint string) {
	t.Helper()
	for range 3 {
		d.clock.Set(d.clock.Now().Add(time.Minute))
		d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
	}
}

// anyTime is a policy by which three attempts at any time are enough.
const anyTime = `attempts:
  unreachable:
    attempts: 3
    times_of_day: 1
    days: 1
    apart: 30s
    bands: [{name: day, from: "00:00", to: "24:00"}]
    ways: [PHONE]
`

// TestDaysAreTheCustomers: two dates where the firm is are one where the customer is; where nobody says where that is, the firm's count.
func TestDaysAreTheCustomers(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	for name, test := range map[string]struct {
		contact followup.Contact
		away    error
		days    int32
	}{
		"in New York":          {contact: followup.Contact{Zone: "America/New_York"}, days: 1},
		"no zone is known":     {days: 2},
		"a zone of no place":   {contact: followup.Contact{Zone: "Mars/Olympus"}, days: 2},
		"intake is not there":  {contact: followup.Contact{Zone: "America/New_York"}, away: errors.New("away"), days: 2},
		"the customer's other": {contact: followup.Contact{Zone: "Asia/Tokyo"}, days: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeskBy(t, strings.Replace(anyTime, "days: 1", "days: 2", 1))
			d.contacts.contact, d.contacts.err = test.contact, test.away
			complaint := d.receive(t)
			shanghai := time.FixedZone("firm", 8*60*60)
			evening := d.clock.Now().In(shanghai)
			evening = time.Date(evening.Year(), evening.Month(), evening.Day(), 22, 0, 0, 0, shanghai)
			var reach *followupv1.Reach
			for _, at := range []time.Time{evening, evening.Add(time.Hour), evening.Add(3 * time.Hour)} { // The last one after midnight.
				d.clock.Set(at)
				reach = d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetReach()
			}
			require.Equal(t, test.days, reach.GetDays())
			require.Equal(t, test.days == 2, reach.GetUnreachable())
			_, err := d.giveNotice(t, complaint)
			if test.days == 2 {
				require.NoError(t, err)
				return
			}
			rpctest.RequireMetadata(t, err, "missing", "Missing: 1 more day.")
			d.clock.Set(evening.Add(20 * time.Hour)) // The next day in both places.
			require.True(t, d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetReach().GetUnreachable())
		})
	}
}

func TestNoticeStandsInForTheCall(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	_, err := d.giveNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NOTICE_TOO_EARLY.String())
	rpctest.RequireMetadata(t, err, "missing", "Missing: 3 more attempts in vain, 1 more time of day (day), 1 more day.")
	answer, err := d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_NOT_DUE, answer.GetAnswer(), "nobody decided one")
	require.Empty(t, d.channel.sent)

	d.tryInVain(t, complaint)
	c, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	require.True(t, c.GetReach().GetUnreachable())
	require.Equal(t, followupv1.Duty_OPEN, c.GetState(), "until it is sent it is owed")
	require.Equal(t, d.clock.Now(), c.GetNoticeTime().AsTime())
	require.Contains(t, d.duties(t, complaint)["1-callback"].GetWhy(), "a written notice is to stand in for the call.")
	_, err = d.giveNotice(t, complaint)
	require.NoError(t, err, "asking again")

	d.clock.Set(d.clock.Now().Add(time.Minute))
	answer, err = d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_MET_BY_NOTICE, answer.GetAnswer())
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, byNotice, duty.GetVerdict())
	require.Equal(t, d.clock.Now(), duty.GetFactTime().AsTime(), "the time of sending")
	require.Equal(t, complaint+"/notifications/notice-1", duty.GetEvidence())
	require.False(t, duty.GetBreached())
	require.Contains(t, duty.GetWhy(), "Met by a written notice in place of the call")
	require.Equal(t, none, d.duties(t, complaint)["1-first-response"].GetVerdict(), "it is no answer")
	require.Contains(t, d.channel.sent[0].Text, "联系了您 3 次")
	require.Equal(t, 1, count(d.types(t, complaint), "notice_decided"))

	again, err := d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, answer.GetDuty().GetFactTime().AsTime(), again.GetDuty().GetFactTime().AsTime())
	require.Len(t, d.channel.sent, 1)
	sent := d.settled(t, complaint, "1-callback")
	require.Len(t, sent, 1)
	require.False(t, sent[0].GetNewlyBroken())
	_, err = d.giveNotice(t, complaint)
	require.NoError(t, err, "it was given")
}

func TestLateNoticeKeepsTheBreach(t *testing.T) {
	covers.Requirement(t, "CALL-3", "CLK-1")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	d.tryInVain(t, complaint)
	due := d.duties(t, complaint)["1-callback"].GetDueTime().AsTime()
	_, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	d.channel.err = errors.New("away")
	_, err = d.sendNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	d.channel.err = nil
	d.clock.Set(due.Add(time.Hour))
	_, err = d.sendNotice(t, complaint)
	require.NoError(t, err)
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, byNotice, duty.GetVerdict())
	require.True(t, duty.GetBreached())
	require.Contains(t, duty.GetWhy(), "and the breach stays on record.")
	told := d.settled(t, complaint, "1-callback")
	require.Len(t, told, 2)
	require.Equal(t, missed, told[0].GetVerdict(), "the breach is on record first")
	require.True(t, told[0].GetNewlyBroken())
	require.Equal(t, byNotice, told[1].GetVerdict())
	require.False(t, told[1].GetNewlyBroken())
}

func TestContactThatWasMadeBeforeTheNoticeTakesItsPlace(t *testing.T) {
	covers.Requirement(t, "CALL-2", "CALL-3", "CLK-1")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	d.tryInVain(t, complaint)
	_, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	before := d.clock.Now()
	d.clock.Set(before.Add(2 * time.Minute))
	_, err = d.sendNotice(t, complaint)
	require.NoError(t, err)
	d.clock.Set(before.Add(3 * time.Minute))
	c := d.attempt(t, complaint, followupv1.Attempt_REACHED, before.Add(150*time.Second))
	require.Equal(t, byNotice, c.GetVerdict(), "later than the notice")
	c = d.attempt(t, complaint, followupv1.Attempt_REACHED, before.Add(time.Minute))
	require.Equal(t, met, c.GetVerdict())
	require.True(t, d.duties(t, complaint)["1-callback"].GetCorrected())
	_, err = d.giveNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_CALLBACK_RELEASED.String())
}

func TestNoticeIsNotSentToWhoWasReachedMeanwhile(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	d.tryInVain(t, complaint)
	_, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	answer, err := d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Equal(t, followupv1.Settlement_MET, answer.GetAnswer())
	require.Empty(t, d.channel.sent)
}

func TestPolicyGivesTheNoticeByItself(t *testing.T) {
	covers.Requirement(t, "CALL-3")
	t.Parallel()
	d := newDeskBy(t, anyTime+"    automatic: true\n")
	complaint := d.receive(t)
	d.tryInVain(t, complaint)
	decided := 0
	for _, e := range d.events(t, complaint) {
		if p := decode(t, e); p.GetNoticeDecided() != nil {
			decided++
			require.True(t, p.GetNoticeDecided().GetAutomatic())
			require.EqualValues(t, 3, p.GetNoticeDecided().GetAttempts())
		}
	}
	require.Equal(t, 1, decided)
	d.tryInVain(t, complaint)
	require.Equal(t, 1, count(d.types(t, complaint), "notice_decided"), "once")
}

func TestNoticeIsRefused(t *testing.T) {
	covers.Requirement(t, "CALL-3", "CLK-4")
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(*testing.T, *desk, string)
		code    codes.Code
		reason  followupv1.ErrorReason
	}{
		"withdrawn": {func(t *testing.T, d *desk, c string) {
			t.Helper()
			d.happens(t, c, 1, closed(intakev1.Complaint_WITHDRAWN))
		}, codes.FailedPrecondition, followupv1.ErrorReason_CALLBACK_RELEASED},
		"closed, and still owed": {func(t *testing.T, d *desk, c string) {
			t.Helper()
			d.happens(t, c, 1, closed(intakev1.Complaint_UNREACHABLE))
		}, codes.FailedPrecondition, followupv1.ErrorReason_CYCLE_ENDED},
		"the customer asked for another time": {func(t *testing.T, d *desk, c string) {
			t.Helper()
			d.ask(t, c, d.clock.Now().Add(time.Hour), "")
		}, codes.FailedPrecondition, followupv1.ErrorReason_NOTICE_TOO_EARLY},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeskBy(t, anyTime)
			complaint := d.receive(t)
			d.tryInVain(t, complaint)
			test.happens(t, d, complaint)
			_, err := d.giveNotice(t, complaint)
			rpctest.RequireReason(t, err, test.code, test.reason.String())
		})
	}
	d := newDesk(t)
	_, err := d.callbacks("agents/lin", authv1.Role_AGENT).GiveNotice(t.Context(), &followupv1.GiveNoticeRequest{Name: d.receive(t) + "/callbacks/2"})
	rpctest.RequireReason(t, err, codes.NotFound, followupv1.ErrorReason_CALLBACK_NOT_FOUND.String())
}

// A number that is somebody else's hears nothing of the complaint.
func TestNoticeGoesToNoWrongNumber(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-3", "API-4")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	d.tryInVain(t, complaint)
	d.clock.Set(d.clock.Now().Add(time.Minute))
	c := d.attempt(t, complaint, followupv1.Attempt_WRONG_NUMBER, time.Time{})
	require.Equal(t, []policyv1.ContactWay{policyv1.ContactWay_PHONE}, c.GetUnusableWays())
	require.Equal(t, 1, count(d.types(t, complaint), "way_unusable"))
	_, err := d.giveNotice(t, complaint)
	require.NoError(t, err)
	client, req := d.callbacks("services/worker", authv1.Role_SERVICE), noticeTo(complaint)
	req.Recipient.Email = ""
	_, err = client.SendCallbackNotice(t.Context(), req)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NO_WAY_ON_RECORD.String())
	_, err = d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Empty(t, d.channel.sent[0].Recipient.Phone)
	require.Equal(t, "wang@example.com", d.channel.sent[0].Recipient.Email)
}

// A number that is known to be wrong makes nobody unreachable; honestly recorded it leads to the e-mail address.
func TestOnlyWrongNumbersLeadToAWrittenNotice(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-3")
	t.Parallel()
	d := newDeskBy(t, anyTime)
	complaint := d.receive(t)
	d.contacts.contact = followup.Contact{Recipient: followup.Recipient{Customer: customer, Phone: "+8613812345678"}}
	d.clock.Set(d.clock.Now().Add(time.Minute))
	d.attempt(t, complaint, followupv1.Attempt_WRONG_NUMBER, time.Time{})
	d.tryInVain(t, complaint)
	c := d.callback(t, complaint)
	require.Zero(t, c.GetReach().GetAttempts())
	require.Equal(t, []policyv1.ContactWay{policyv1.ContactWay_PHONE}, c.GetUnusableWays())
	_, err := d.giveNotice(t, complaint)
	rpctest.RequireReason(t, err, codes.FailedPrecondition, followupv1.ErrorReason_NOTICE_TOO_EARLY.String())
	d.contacts.err = errBroken()
	_, err = d.giveNotice(t, complaint)
	require.Error(t, err, "what is on record cannot be known")
	d.contacts.err, d.contacts.contact.Recipient.Email = nil, "wang@example.com"
	_, err = d.giveNotice(t, complaint)
	require.NoError(t, err)
	events := d.events(t, complaint)
	told := decode(t, events[len(events)-1]).GetNoticeDecided()
	require.True(t, told.GetWrongNumber())
	require.EqualValues(t, 4, told.GetAttempts(), "all that were made")
	_, err = d.sendNotice(t, complaint)
	require.NoError(t, err)
	require.Contains(t, d.channel.sent[0].Text, "联系了您 4 次")
	require.Empty(t, d.channel.sent[0].Recipient.Phone)
	require.Equal(t, byNotice, d.callback(t, complaint).GetVerdict())
}

// callback reads the callback of the first cycle.
func (d *desk) callback(t *testing.T, complaint string) *followupv1.Callback {
	t.Helper()
	res, err := d.agent.ListCallbacks(t.Context(), &followupv1.ListCallbacksRequest{Parent: complaint})
	require.NoError(t, err)
	return res.GetCallbacks()[0]
}

func TestCorrectedNumberIsTriedAgain(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Minute))
	d.attempt(t, complaint, followupv1.Attempt_WRONG_NUMBER, time.Time{})
	plan := func() *followupv1.CallbackPlan {
		plan, err := d.callbacks("agents/lin", authv1.Role_AGENT).PlanCallback(t.Context(), &followupv1.PlanCallbackRequest{
			Name: complaint + "/callbacks/1", Ways: []policyv1.ContactWay{policyv1.ContactWay_PHONE}, FullContact: true,
		})
		require.NoError(t, err)
		return plan
	}
	require.True(t, plan().GetFindWay())
	require.Contains(t, plan().GetWhy(), "find another one first")
	require.Equal(t, 2, count(d.types(t, complaint), "callback_prepared"))
	d.clock.Set(start().Add(2 * time.Minute))
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{Fields: []string{"notes"}}}})
	require.True(t, plan().GetFindWay())
	require.Zero(t, count(d.types(t, complaint), "way_found"), "notes are no way")
	d.attempt(t, complaint, followupv1.Attempt_WRONG_NUMBER, time.Time{})
	require.Equal(t, 1, count(d.types(t, complaint), "way_unusable"), "told once for each number")
	d.clock.Set(start().Add(3 * time.Minute))
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_ComplaintUpdated{ComplaintUpdated: &eventv1.ComplaintUpdated{Fields: []string{"complainant.phone"}}}})
	require.False(t, plan().GetFindWay())
	require.Equal(t, 1, count(d.types(t, complaint), "way_found"))
	require.Equal(t, policyv1.ContactWay_PHONE, plan().GetWay())
	require.NotNil(t, plan().GetNextTime())
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Nil(t, plan().GetNextTime())
	require.Equal(t, "The callback is not owed any more.", plan().GetWhy())
}

// ask has the customer ask for another time.
func (d *desk) ask(t *testing.T, complaint string, at time.Time, wish string) *followupv1.Callback {
	t.Helper()
	req := attempt(complaint+"/callbacks/1", followupv1.Attempt_RESCHEDULED, time.Time{})
	req.AgreedTime, req.CustomersWish = timestamppb.New(at), wish
	c, err := d.agent.RecordAttempt(t.Context(), req)
	require.NoError(t, err)
	return c
}
