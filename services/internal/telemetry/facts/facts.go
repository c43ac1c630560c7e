package facts

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// scope names the metrics' maker.
const scope = "redress/facts"

// maxLevel bounds the label of a ladder's level; policies have a handful.
const maxLevel = 20

// Facts counts events. It is safe for concurrent use.
type Facts struct {
	received, opened, settled, breached, released metric.Int64Counter
	escalated, sent, failed, suggested            metric.Int64Counter
	told, delayed, givenUp, hooked                metric.Int64Counter
	contact                                       metric.Float64Histogram
}

// New makes the metrics.
func New(provider metric.MeterProvider) (*Facts, error) {
	f := &Facts{}
	meter := provider.Meter(scope)
	var err error
	for name, counter := range map[string]struct {
		instrument *metric.Int64Counter
		help       string
	}{
		"redress_complaints_received": {&f.received, "Complaints filed."},
		"redress_duties_opened":       {&f.opened, "Duties that came to be owed."},
		"redress_duties_settled":      {&f.settled, "Verdicts on duties; correction tells those that overturn an earlier one."},
		"redress_duties_breached":     {&f.breached, "Duties found broken when their time had passed."},
		"redress_duties_released":     {&f.released, "Duties that were not owed any more."},
		"redress_escalations_raised":  {&f.escalated, "Levels of the ladder told of a broken duty."},
		"redress_messages_sent":       {&f.sent, "Messages that a channel took for a customer."},
		"redress_messages_failed":     {&f.failed, "Attempts to send that a channel refused; each is tried again."},
		"redress_notices_sent":        {&f.told, "Notices that a channel took for one of the firm's people."},
		"redress_notices_delayed":     {&f.delayed, "Notices of which the first attempt failed; each is tried again."},
		"redress_notices_given_up":    {&f.givenUp, "Notices that are not tried any more until an operator says so."},
		"redress_webhook_attempts":    {&f.hooked, "Requests to outside systems, by what became of them: delivered, failed and tried again, or given up."},
		"redress_suggestions":         {&f.suggested, "Fields of assessments for which something was suggested; accepted if they say the same."},
	} {
		var failure error
		*counter.instrument, failure = meter.Int64Counter(name, metric.WithDescription(counter.help))
		err = errors.Join(err, failure)
	}
	var failure error
	f.contact, failure = meter.Float64Histogram("redress_time_to_contact", metric.WithUnit("s"),
		metric.WithDescription("From a complaint's receipt, or its reopening, to the attempt that reached the customer."),
		metric.WithExplicitBucketBoundaries(1, 10, 60, 300, 900, 1800, 3600, 2*3600, 4*3600, 8*3600, 12*3600, 24*3600, 48*3600, 7*24*3600))
	return f, errors.Join(err, failure)
}

// Recorded counts an event; it is what eventlog.Deps.Recorded wants. It never fails.
func (f *Facts) Recorded(ctx context.Context, _ *eventv1.Event, p *eventv1.Payload) {
	switch kind := p.GetKind().(type) {
	case *eventv1.Payload_ComplaintReceived:
		add(ctx, f.received, word("channel", kind.ComplaintReceived.GetChannel()),
			word("severity", kind.ComplaintReceived.GetSeverity().String()))
	case *eventv1.Payload_DutyOpened:
		add(ctx, f.opened, duty(kind.DutyOpened.GetKind()))
	case *eventv1.Payload_DutySettled:
		f.settle(ctx, kind.DutySettled)
	case *eventv1.Payload_DutyReleased:
		add(ctx, f.released, duty(kind.DutyReleased.GetKind()))
	case *eventv1.Payload_EscalationRaised:
		add(ctx, f.escalated, level(kind.EscalationRaised.GetLevel()), word("reason", kind.EscalationRaised.GetReason()))
	case *eventv1.Payload_NoticeSent:
		add(ctx, f.told, word("about", kind.NoticeSent.GetAbout()), word("channel", kind.NoticeSent.GetChannel().String()))
	case *eventv1.Payload_NoticeDelayed:
		add(ctx, f.delayed, word("about", kind.NoticeDelayed.GetAbout()))
	case *eventv1.Payload_NoticeGivenUp:
		add(ctx, f.givenUp, word("about", kind.NoticeGivenUp.GetAbout()))
	case *eventv1.Payload_MessageSent:
		add(ctx, f.sent, word("template", kind.MessageSent.GetTemplate()), word("channel", kind.MessageSent.GetChannel()))
	case *eventv1.Payload_ComplaintAssessed:
		for _, judged := range kind.ComplaintAssessed.GetSuggestions() {
			add(ctx, f.suggested, word("field", judged.GetField()), outcome(judged.GetAccepted()))
		}
	}
}

// outcome tells what became of a suggestion.
func outcome(accepted bool) attribute.KeyValue {
	if accepted {
		return attribute.String("outcome", "accepted")
	}
	return attribute.String("outcome", "corrected")
}

// MessageFailed counts a message that a channel did not take. No event tells of it, since nothing happened.
func (f *Facts) MessageFailed(ctx context.Context, channel, template string) {
	add(ctx, f.failed, word("template", template), word("channel", channel))
}

// WebhookTried counts a request to an outside system by what became of it. No event tells of it: there would be one for each event.
func (f *Facts) WebhookTried(ctx context.Context, outcome string) {
	add(ctx, f.hooked, word("outcome", outcome))
}

// settle counts a verdict. A duty is broken once: when it is found MISSED, or met late before anybody had noticed.
func (f *Facts) settle(ctx context.Context, s *eventv1.DutySettled) {
	if s.GetEarlierFact() {
		return // The verdict was counted when it was reached.
	}
	add(ctx, f.settled, duty(s.GetKind()), word("verdict", s.GetVerdict().String()), attribute.Bool("correction", s.GetCorrection()))
	if s.GetNewlyBroken() {
		add(ctx, f.breached, duty(s.GetKind()))
	}
	if s.GetCorrection() && s.GetVerdict() == policyv1.Verdict_MET_LATE {
		return // It was met in time until a clock that was heard of late tightened: the contact was counted then.
	}
	// A callback is met by nothing but an attempt that reached the customer.
	if s.GetKind() == policyv1.DutyKind_CALLBACK && s.GetFactTime() != nil && s.GetOpenTime() != nil {
		f.contact.Record(ctx, max(0, s.GetFactTime().AsTime().Sub(s.GetOpenTime().AsTime()).Seconds()))
	}
}

func add(ctx context.Context, counter metric.Int64Counter, labels ...attribute.KeyValue) {
	counter.Add(ctx, 1, metric.WithAttributeSet(attribute.NewSet(labels...)))
}

// word is a label in the words of search attributes: "first-response".
func word(key, text string) attribute.KeyValue {
	return attribute.String(key, strings.ReplaceAll(strings.ToLower(text), "_", "-"))
}

func duty(kind policyv1.DutyKind) attribute.KeyValue { return word("kind", kind.String()) }

func level(n int32) attribute.KeyValue {
	return attribute.String("level", strconv.Itoa(int(min(max(n, 0), maxLevel))))
}
