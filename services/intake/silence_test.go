package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestSilenceClosesNothingOfWhoHasWritten since the offer, also when remedy has not heard of it yet; a thank you is no answer, and neither is what
// was written before. Why it stays open is told, once (REM-4).
func TestSilenceClosesNothingOfWhoHasWritten(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-5")
	for title, c := range map[string]struct {
		text   string
		kind   policyv1.MessageKind // What somebody finds it to be; 0 for what the analyser does.
		before bool
		author intakev1.Message_Author
		open   bool
	}{
		"a yes":                                 {"Yes, option 1 please.", policyv1.MessageKind_ACCEPTS, false, intakev1.Message_CUSTOMER, true},
		"a thank you":                           {"Thank you.", policyv1.MessageKind_THANKS, false, intakev1.Message_CUSTOMER, false},
		"a thank you that nobody has looked at": {"谢谢，就要第一个", 0, false, intakev1.Message_CUSTOMER, true},
		"before the offer":                      {"Where is my money?", policyv1.MessageKind_PROGRESS_CHASE, true, intakev1.Message_CUSTOMER, false},
		"an agent's message":                    {"What do you say to it?", 0, false, intakev1.Message_AGENT, false},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			name := f.in(intakev1.Complaint_ACTIVE).GetName()
			offered := f.now()
			if c.before {
				offered = offered.Add(time.Hour)
			} else {
				offered = offered.Add(-time.Second)
			}
			m, err := f.agent.CreateMessage(t.Context(), &intakev1.CreateMessageRequest{Parent: name, Message: &intakev1.Message{Author: c.author, Text: c.text}})
			require.NoError(t, err)
			if c.kind != 0 {
				_, err = f.records.ReclassifyMessage(t.Context(), &intakev1.ReclassifyMessageRequest{Name: m.GetName(), Kind: c.kind})
				require.NoError(t, err)
			}
			lapsed := &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
				Remedy: name + offeredRemedy, Version: 1, Close: true, OfferTime: timestamppb.New(offered),
			}}}
			f.hears(name, 1, "offer_lapsed", lapsed)
			if !c.open {
				require.Equal(t, intakev1.Complaint_CLOSED, f.get(name).GetState())
				return
			}
			require.Equal(t, intakev1.Complaint_ACTIVE, f.get(name).GetState())
			told := f.payloads(name)
			kept := told[len(told)-1].GetSilenceRefused()
			require.Equal(t, eventv1.SilenceRefused_CUSTOMER_WROTE, kept.GetReason())
			require.Equal(t, name+offeredRemedy, kept.GetRemedy())
		})
	}
}

// TestWhySilenceClosesNothingIsTold: an authority waits (REM-4).
func TestWhySilenceClosesNothingIsTold(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-4", "REC-1")
	f := newFixture(t)
	req := request()
	req.Channel = intakev1.Complaint_FORWARDED
	req.Forwarding = &intakev1.Forwarding{Authority: "12345", ReplyDueTime: timestamppb.New(f.now().Add(72 * time.Hour))}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	again := f.hears(c.GetName(), 1, "offer_lapsed", &eventv1.Payload{Kind: &eventv1.Payload_OfferLapsed{OfferLapsed: &eventv1.OfferLapsed{
		Remedy: c.GetName() + offeredRemedy, Version: 1, Close: true,
	}}})
	require.False(t, again())
	var told []eventv1.SilenceRefused_Reason
	for _, p := range f.payloads(c.GetName()) {
		if p.GetSilenceRefused() != nil {
			told = append(told, p.GetSilenceRefused().GetReason())
		}
	}
	require.Equal(t, []eventv1.SilenceRefused_Reason{eventv1.SilenceRefused_AUTHORITY_WAITS}, told, "once, however often it is delivered")
}
