package followup_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func acknowledge(complaint, language string) *followupv1.SendAcknowledgementRequest {
	return &followupv1.SendAcknowledgementRequest{
		Complaint: complaint, Cycle: 1, Reference: "R-7K3M-9QX2-C", Team: "客户关怀组",
		Recipient: &followupv1.Recipient{
			Customer: customer, DisplayName: "王小姐", Phone: "+8613900001234", Email: "wang@example.com", LanguageCode: language,
		},
		ContactTime:    timestamppb.New(start().Add(15 * time.Minute)),
		CallbackTime:   timestamppb.New(start().Add(24 * time.Hour)),
		ResolutionTime: timestamppb.New(start().Add(72 * time.Hour)),
	}
}

// Times are told by the clock that the customer looks at.
func TestLettersTellTimesWhereTheCustomerIs(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	for zone, told := range map[string]string{
		"Europe/London": "Monday, 5 January 2026, 02:15 (UTC+0)", "": "Monday, 5 January 2026, 10:15 (UTC+8)", "Nowhere": "Monday, 5 January 2026, 10:15 (UTC+8)",
	} {
		d := newDesk(t)
		req := acknowledge(d.receive(t), "en")
		req.Recipient.TimeZone = zone
		_, err := d.worker.SendAcknowledgement(t.Context(), req)
		require.NoError(t, err)
		require.Contains(t, d.channel.sent[0].Text, told, zone)
	}
}

func TestAcknowledgementIsSentWithProof(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	for language, told := range map[string][]string{
		"zh-Hans": {"谢谢", "2026年1月5日（星期一）10:15（UTC+8）", "2026年1月6日（星期二）10:00", "2026年1月8日（星期四）10:00", "12315 向消费者"},
		"zh-Hant": {"謝謝", "2026年1月5日（星期一）10:15（UTC+8）", "2026年1月6日（星期二）10:00", "2026年1月8日（星期四）10:00", "12315 向消費者"},
		"en":      {"Thank you", "Monday, 5 January 2026, 10:15 (UTC+8)", "Tuesday, 6 January 2026, 10:00", "Thursday, 8 January 2026, 10:00", "head of the firm"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.clock.Set(start().Add(3 * time.Second))
			answer, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, language))
			require.NoError(t, err)
			n := answer.GetNotification()
			require.Equal(t, complaint+"/notifications/ack-1", n.GetName())
			require.Equal(t, "acknowledgement", n.GetTemplate())
			require.Equal(t, language, n.GetLanguageCode())
			require.Equal(t, "test", n.GetChannel())
			require.Equal(t, "proof of "+n.GetName(), n.GetProof())
			require.Equal(t, d.clock.Now(), n.GetSendTime().AsTime())

			require.Len(t, d.channel.sent, 1)
			sent := d.channel.sent[0]
			require.Equal(t, followup.Recipient{Customer: customer, DisplayName: "王小姐", Phone: "+8613900001234", Email: "wang@example.com"}, sent.Recipient)
			for _, part := range append(told, "王小姐", "R-7K3M-9QX2-C", "客户关怀组") {
				require.Contains(t, sent.Text, part)
			}

			duty := d.duties(t, complaint)["1-acknowledge"]
			require.Equal(t, met, duty.GetVerdict())
			require.Equal(t, n.GetName(), duty.GetEvidence())
			require.Equal(t, followupv1.Settlement_MET, answer.GetSettlement().GetAnswer())
			require.Equal(t, duty.String(), answer.GetSettlement().GetDuty().String())
			require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-first-response"].GetState(), "it is no response")
			require.Equal(t, []string{"message_sent", "duty_settled"}, d.types(t, complaint)[5:])
			p, err := eventlog.Decode(d.events(t, complaint)[5])
			require.NoError(t, err)
			require.Equal(t, n.GetProof(), p.GetMessageSent().GetProof())

			stored, err := d.store.Notification(t.Context(), complaint[len("complaints/"):], "ack-1")
			require.NoError(t, err)
			key, err := dataKey(customer)
			require.NoError(t, err)
			text, err := key.Open(stored.Text, n.GetName()+"#text")
			require.NoError(t, err)
			require.Equal(t, sent.Text, string(text))
			for _, secret := range []string{"王小姐", "13900001234", "wang@example.com"} {
				requireNoTrace(t, d.db, secret)
			}
		})
	}
}

// What was settled in the conversation in which it was filed is acknowledged as that: no call and no result is announced (REC-10).
func TestAcknowledgementOfWhatWasSettled(t *testing.T) {
	covers.Requirement(t, "ACK-1", "REC-10")
	t.Parallel()
	for language, words := range map[string][2]string{
		"zh-Hans": {"2026年1月5日（星期一）09:58", "最迟"}, "zh-Hant": {"2026年1月5日（星期一）09:58", "最遲"}, "en": {"Monday, 5 January 2026, 09:58", "in touch"},
	} {
		d := newDesk(t)
		complaint := d.receive(t)
		req := acknowledge(complaint, language)
		req.Settled = &followupv1.Settled{SettleTime: timestamppb.New(start().Add(-2 * time.Minute)), Answer: "<answer>", Remedy: "<remedy>"}
		answer, err := d.worker.SendAcknowledgement(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, followupv1.Settlement_MET, answer.GetSettlement().GetAnswer())
		text := d.channel.sent[0].Text
		for _, told := range []string{"R-7K3M-9QX2-C", "<answer>", "<remedy>", words[0]} {
			require.Contains(t, text, told)
		}
		require.NotContains(t, text, words[1])
	}
}

func TestAcknowledgementIsSentOnceACycle(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	first, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
	require.NoError(t, err)
	events := d.types(t, complaint)
	d.clock.Set(start().Add(time.Hour))
	again, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "zh-Hans"))
	require.NoError(t, err)
	require.Equal(t, first.String(), again.String())
	require.Equal(t, 1, d.channel.calls)
	require.Equal(t, events, d.types(t, complaint))

	d.happens(t, complaint, 2, d.reopened(t))
	second := acknowledge(complaint, "en")
	second.Cycle = 2
	next, err := d.worker.SendAcknowledgement(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, complaint+"/notifications/ack-2", next.GetNotification().GetName())
	require.Equal(t, met, d.duties(t, complaint)["2-acknowledge"].GetVerdict())
}

// TestAcknowledgementAfterItsDutyHasEndedIsSentOnce: that the duty is not open does not say that anything was sent.
func TestAcknowledgementAfterItsDutyHasEndedIsSentOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.happens(t, complaint, 1, closed(intakev1.Complaint_WITHDRAWN))
	for range 2 {
		answer, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
		require.NoError(t, err)
		require.Equal(t, complaint+"/notifications/ack-1", answer.GetNotification().GetName())
		require.Equal(t, followupv1.Settlement_RELEASED, answer.GetSettlement().GetAnswer())
		require.Equal(t, 1, d.channel.calls)
	}
}

func TestAcknowledgementSentAtTheSameTimeIsRecordedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	var wg sync.WaitGroup
	answers := make([]*followupv1.SendAcknowledgementResponse, 8)
	for i := range answers {
		wg.Go(func() {
			answers[i], _ = d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
		})
	}
	wg.Wait()
	for _, n := range answers {
		require.Equal(t, answers[0].String(), n.String())
		require.NotNil(t, n)
	}
	require.Len(t, d.channel.sent, 1)
	require.Len(t, d.types(t, complaint), 7)
}

func TestFailingChannelProvesNothing(t *testing.T) {
	covers.Requirement(t, "ACK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	send := func() error {
		_, err := d.worker.SendAcknowledgement(t.Context(), acknowledge(complaint, "en"))
		return err
	}
	d.channel.err = errBroken()
	rpctest.RequireReason(t, send(), codes.Unavailable, errorv1.Reason_UNAVAILABLE.String())
	d.channel.err = nil
	d.keys.fail(errErased())
	rpctest.RequireReason(t, send(), codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())
	require.Empty(t, d.channel.sent, "without the key nothing is sent")
	d.keys.fail(nil)
	require.Equal(t, "message_delayed", d.types(t, complaint)[5], "it waits")
	require.Len(t, d.types(t, complaint), 6)
	require.Equal(t, followupv1.Duty_OPEN, d.duties(t, complaint)["1-acknowledge"].GetState())

	// Sent after the due time, it is a breach, though the tries began in time.
	d.clock.Set(start().Add(2 * time.Minute))
	require.NoError(t, send())
	require.Equal(t, late, d.duties(t, complaint)["1-acknowledge"].GetVerdict())
}

func TestAcknowledgementsThatAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	change := func(edit func(*followupv1.SendAcknowledgementRequest)) *followupv1.SendAcknowledgementRequest {
		req := acknowledge(complaint, "en")
		edit(req)
		return req
	}
	for name, test := range map[string]struct {
		req    *followupv1.SendAcknowledgementRequest
		code   codes.Code
		reason string
	}{
		"another customer": {change(func(r *followupv1.SendAcknowledgementRequest) {
			r.Recipient.Customer = "customers/0198c1b00000700080000000cd"
		}), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"no time": {change(func(r *followupv1.SendAcknowledgementRequest) { r.CallbackTime = &timestamppb.Timestamp{Nanos: -1} }),
			codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"unknown language": {acknowledge(complaint, "fr"), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"next cycle": {change(func(r *followupv1.SendAcknowledgementRequest) { r.Cycle = 2 }),
			codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"no such cycle": {change(func(r *followupv1.SendAcknowledgementRequest) { r.Cycle = 9 }),
			codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String()},
		"no complaint":  {acknowledge(unheard, "en"), codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
		"not known yet": {acknowledge("complaints/"+d.ids.ID(), "en"), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
	} {
		t.Log(name)
		_, err := d.worker.SendAcknowledgement(t.Context(), test.req)
		rpctest.RequireReason(t, err, test.code, test.reason)
	}
	require.Zero(t, d.channel.calls)
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, spoil := range map[string]func(*followup.Deps){
		"Store":    func(d *followup.Deps) { d.Store = nil },
		"Records":  func(d *followup.Deps) { d.Records = nil },
		"Log":      func(d *followup.Deps) { d.Log = nil },
		"Policy":   func(d *followup.Deps) { d.Policy = nil },
		"Keys":     func(d *followup.Deps) { d.Keys = nil },
		"Channel":  func(d *followup.Deps) { d.Channel = nil },
		"Now":      func(d *followup.Deps) { d.Now = nil },
		"IDs":      func(d *followup.Deps) { d.IDs = nil },
		"Pages":    func(d *followup.Deps) { d.Pages = nil },
		"Logger":   func(d *followup.Deps) { d.Logger = nil },
		"Outbox":   func(d *followup.Deps) { d.Outbox = nil },
		"Contacts": func(d *followup.Deps) { d.Contacts = nil },
	} {
		deps := d.deps
		spoil(&deps)
		_, err := followup.New(followup.Config{}, deps)
		require.ErrorContains(t, err, "Deps."+name+" is missing")
	}
}

// TestAcknowledgementOfAnOldComplaint: what was received long ago is acknowledged without promising what is over.
func TestAcknowledgementOfAnOldComplaint(t *testing.T) {
	covers.Requirement(t, "ACK-1", "REC-8")
	t.Parallel()
	for language, told := range map[string]string{"zh-Hans": "专人会马上联系您", "zh-Hant": "專人會馬上聯絡您", "en": "we call you at once"} {
		d := newDesk(t)
		complaint := d.receive(t)
		req := acknowledge(complaint, language)
		req.CallbackTime, req.ResolutionTime = timestamppb.New(start().Add(-48*time.Hour)), timestamppb.New(start().Add(-time.Hour))
		_, err := d.worker.SendAcknowledgement(t.Context(), req)
		require.NoError(t, err)
		text := d.channel.sent[0].Text
		require.Contains(t, text, told)
		require.Regexp(t, "2026年1月5日|5 January 2026", text, "the contact is still to come")
		require.NotRegexp(t, "2026年1月3日|3 January 2026|09:00", text)
	}
}
