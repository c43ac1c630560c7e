package intake

import (
	"log/slog"
	"runtime/debug"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/risk"
)

// Analyser reads what a customer said for signals of risk (RISK-1, RISK-2) and for
// what kind of message it is (REC-5). It is pure, and safe for concurrent use.
type Analyser interface {
	Analyse(text string) risk.Reading
}

// careful is an analyser whose defects cost signals, and no complaint: what a customer
// said is put on record whether it was understood or not.
type careful struct {
	Analyser

	logger *slog.Logger
}

// Analyse reads a text. One that the analyser fails on has no signals.
func (c careful) Analyse(text string) (reading risk.Reading) {
	defer func() {
		if cause := recover(); cause != nil {
			c.logger.Error("a text could not be read for signals of risk; it is on record without any", "cause", cause, "stack", string(debug.Stack()))
			reading = risk.Reading{Kind: policyv1.MessageKind_NEW_INFORMATION}
		}
	}()
	return c.Analyser.Analyse(text)
}

// finding is a signal of risk with its evidence, before it is put on record.
type finding struct {
	// id is that of the entry; empty for a new one.
	id     string
	kind   policyv1.SignalKind
	target policyv1.SignalTarget
	weight int32
	// start and end count Unicode code points of the text.
	start, end int
	quote      string
	rule       string
	// quiet is true for what the ladder hears of in another way.
	quiet bool
}

// findings are the signals of a reading that call for attention. What is only
// mentioned calls for none, and would hide what does.
func findings(reading risk.Reading) []finding {
	var out []finding
	for _, signal := range reading.Signals {
		if signal.Kind == policyv1.SignalKind_MENTION {
			continue
		}
		out = append(out, finding{
			kind: signal.Kind, target: signal.Target, weight: signal.Weight, start: signal.Start, end: signal.End,
			quote: signal.Quote, rule: signal.Rule,
		})
	}
	return out
}
