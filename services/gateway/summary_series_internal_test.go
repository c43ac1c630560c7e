package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// TestSentencesOfWishes tell who wished it, and what shows it.
func TestSentencesOfWishes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	wish := eventv1.SeriesEnded_CUSTOMER_WISH
	for text, told := range map[string]*eventv1.SeriesEnded{
		"The customer wishes not to be asked any more.":                       {Reason: wish},
		"The customer wishes not to be asked any more (the letter).":          {Reason: wish, Evidence: "the letter"},
		"The customer's representative wishes that nobody asks any more (x).": {Reason: wish, Evidence: "x", ByRepresentative: true},
	} {
		require.Equal(t, text, summarizeSeries(&eventv1.Payload{Kind: &eventv1.Payload_SeriesEnded{SeriesEnded: told}}))
	}
	for text, told := range map[string]*eventv1.SurveysStopped{
		"The customer wants no surveys about this complaint (the letter).":                 {Evidence: "the letter"},
		"The customer wants no surveys about any complaint, said by the link of a survey.": {AllComplaints: true, FollowUp: "x"},
		"The customer does not mind surveys any more.":                                     {Allowed: true},
		"The customer does not mind surveys any more (the letter).":                        {Allowed: true, Evidence: "the letter"},
	} {
		require.Equal(t, text, messageSummary(&eventv1.Payload{Kind: &eventv1.Payload_SurveysStopped{SurveysStopped: told}}))
	}
}
