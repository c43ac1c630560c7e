package intake_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/risk"
)

// broken is an analyser with a defect.
type broken struct{}

func (broken) Analyse(string) risk.Reading { panic("a defect") }

// A text that the analyser fails on is put on record without signals, and the defect is logged.
func TestADefectOfTheAnalyserLosesNothing(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "REC-5")
	var log bytes.Buffer
	f := newFixtureWith(t, func(deps *intake.Deps) {
		deps.Analyser, deps.Logger = broken{}, slog.New(slog.NewTextHandler(&log, nil))
	})
	c := f.complain(phone, parcel)
	m, err := say(t, f.public, c.GetName(), intakev1.Message_CUSTOMER, threat)
	require.NoError(t, err)
	require.Equal(t, policyv1.MessageKind_NEW_INFORMATION, m.GetKind())
	require.Empty(t, f.record(c.GetName()).GetSignals())
	require.Contains(t, log.String(), "a defect")
	require.NotContains(t, log.String(), threat, "what was said is in no log")
}
