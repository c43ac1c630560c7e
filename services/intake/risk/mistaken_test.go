package risk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestMistaken: what sounds like a signal and is none, as real texts have shown.
func TestMistaken(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1", "REC-5")
	a := analyser(t)
	for text, kind := range map[string]policyv1.MessageKind{
		"谢谢你们，这个方案我接受":                                         policyv1.MessageKind_ACCEPTS,
		"謝謝，這個方案我接受。":                                          policyv1.MessageKind_ACCEPTS,
		"快递一直没有送到。":                                            policyv1.MessageKind_NEW_INFORMATION, // A chase asks how far it is.
		"The parcel has not arrived.":                          policyv1.MessageKind_NEW_INFORMATION,
		"差评！没有发票！":                                             policyv1.MessageKind_NEW_INFORMATION,
		"差评，在驿站放了几天我没去拿。":                                      policyv1.MessageKind_NEW_INFORMATION,
		"如果有零颗星我就给零颗星。":                                        policyv1.MessageKind_NEW_INFORMATION,
		"我从来没给过差评。":                                            policyv1.MessageKind_NEW_INFORMATION,
		"There were no newspapers in the lounge.":              policyv1.MessageKind_NEW_INFORMATION,
		"The wait to talk to someone is 30-60 minutes.":        policyv1.MessageKind_NEW_INFORMATION,
		"A good trip means you will tell everyone you meet.":   policyv1.MessageKind_NEW_INFORMATION,
		"I will be phoning your customer line again tomorrow.": policyv1.MessageKind_NEW_INFORMATION,
	} {
		reading := a.Analyse(text)
		require.Equal(t, kind, reading.Kind, "%s: %v", text, reading.Signals)
		for _, s := range reading.Signals {
			require.Equal(t, policyv1.SignalKind_EMOTION, s.Kind, "%s: %s", text, s.Rule)
		}
	}
	for text, kind := range map[string]policyv1.MessageKind{
		"这个方案我不接受。":                        policyv1.MessageKind_REJECTS,
		"快递到哪了？一直没有送到。":                    policyv1.MessageKind_PROGRESS_CHASE,
		"You will be reported to the FTC.": policyv1.MessageKind_THREATENS,
		"只能寻求媒体的帮助了。":                      policyv1.MessageKind_THREATENS,
	} {
		reading := a.Analyse(text)
		require.Equal(t, kind, reading.Kind, "%s: %v", text, reading.Signals)
	}
}

// TestSaidOver: who writes a word a hundred times is not heard a hundred times.
func TestSaidOver(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "RISK-1")
	a := analyser(t)
	many := ""
	for range 100 {
		many += "差评"
		for _, s := range a.Analyse(many + "，鞋底开胶").Signals {
			require.Greater(t, s.Kind, policyv1.SignalKind_MENTION, "%s by %s", s.Kind, s.Rule)
		}
	}
}
