package facts

import (
	"context"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
)

// Beginning says what a process will count, and the words that labels have which no contract lists.
type Beginning struct {
	// Intake, Routing and Followup are true for the services that the process has.
	Intake, Routing, Followup bool
	// Levels is how many levels the ladder has.
	Levels int
	// MessageChannels are how records call the channels to customers; Templates are the messages that they are given.
	MessageChannels []string
	Templates       []string
	// SuggestedFields are those of an assessment that something is suggested for.
	SuggestedFields []string
}

// Begin has the counters of a process stand at 0 for every label that is known beforehand. A counter that comes into being with its
// first event looks as if it had always been 1: no rate over it sees that event, and no alert on it can be tried beforehand. The time to
// contact has no such beginning, since a histogram that counted something would be wrong.
func (f *Facts) Begin(ctx context.Context, b Beginning) {
	if b.Intake {
		zero(ctx, f.received, words("channel", intakev1.Complaint_Channel_name, true), words("severity", policyv1.Severity_name, false))
		zero(ctx, f.suggested, list("field", b.SuggestedFields...), []attribute.KeyValue{outcome(true), outcome(false)})
	}
	if b.Followup {
		kinds := kinds()
		for _, counter := range []metric.Int64Counter{f.opened, f.breached, f.released} {
			zero(ctx, counter, kinds)
		}
		zero(ctx, f.settled, kinds, words("verdict", policyv1.Verdict_name, false),
			[]attribute.KeyValue{attribute.Bool("correction", false), attribute.Bool("correction", true)})
		zero(ctx, f.sent, list("template", b.Templates...), list("channel", b.MessageChannels...))
		zero(ctx, f.failed, list("template", b.Templates...), list("channel", b.MessageChannels...))
		zero(ctx, f.hooked, list("outcome", "delivered", "failed", "given-up"))
	}
	if b.Routing {
		var levels []attribute.KeyValue
		for n := range b.Levels {
			levels = append(levels, level(int32(n)+1))
		}
		zero(ctx, f.escalated, levels, words("reason", routingv1.Escalation_Reason_name, false))
		about := words("about", routingv1.Notice_About_name, false)
		zero(ctx, f.told, about, words("channel", policyv1.NoticeChannel_name, false))
		zero(ctx, f.delayed, about)
		zero(ctx, f.givenUp, about)
	}
}

// zero adds nothing to a counter, for each combination of one label of each list.
func zero(ctx context.Context, counter metric.Int64Counter, lists ...[]attribute.KeyValue) {
	combinations := [][]attribute.KeyValue{nil}
	for _, labels := range lists {
		var longer [][]attribute.KeyValue
		for _, begun := range combinations {
			for _, label := range labels {
				longer = append(longer, append(slices.Clone(begun), label))
			}
		}
		combinations = longer
	}
	for _, labels := range combinations {
		counter.Add(ctx, 0, metric.WithAttributeSet(attribute.NewSet(labels...)))
	}
}

// kinds are the duties that followup keeps: hand-offs are routing's.
func kinds() []attribute.KeyValue {
	return slices.DeleteFunc(words("kind", policyv1.DutyKind_name, false), func(label attribute.KeyValue) bool {
		return label == duty(policyv1.DutyKind_HAND_OFF)
	})
}

// words are the labels that the names of an enumeration make; with unset, that of the value which says that nothing was said, too.
func words(key string, names map[int32]string, unset bool) (labels []attribute.KeyValue) {
	for _, number := range slices.Sorted(maps.Keys(names)) {
		if number != 0 || unset {
			labels = append(labels, word(key, names[number]))
		}
	}
	return labels
}

// list are labels of these values.
func list(key string, values ...string) (labels []attribute.KeyValue) {
	for _, value := range values {
		labels = append(labels, word(key, value))
	}
	return labels
}
