package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// A call that is met by a text message is no call: every way there is counts as
// two-way or does not.
func TestNobodyIsReachedWithoutAnAnswer(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	d := newDesk(t)
	answers := map[policyv1.ContactWay]bool{
		policyv1.ContactWay_PHONE: true, policyv1.ContactWay_SMS: false, policyv1.ContactWay_EMAIL: true, policyv1.ContactWay_WECHAT: true,
		policyv1.ContactWay_CHAT: true, policyv1.ContactWay_VISIT: true, policyv1.ContactWay_LETTER: false,
	}
	require.Len(t, policyv1.ContactWay_name, len(answers)+1, "a new way has to be decided on")
	for way, answered := range answers {
		t.Run(way.String(), func(t *testing.T) {
			complaint := d.receive(t)
			req := attempt(complaint+"/callbacks/1", followupv1.Attempt_REACHED, time.Time{})
			req.Way = way
			c, err := d.agent.RecordAttempt(t.Context(), req)
			if answered {
				require.NoError(t, err)
				require.Equal(t, met, c.GetVerdict())
				return
			}
			rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_WAY_NOT_TWO_WAY.String())
			require.Contains(t, status.Convert(err).Message(), "another outcome")
			require.Equal(t, "way", wrongField(t, err))

			req.Outcome = followupv1.Attempt_NO_ANSWER
			c, err = d.agent.RecordAttempt(t.Context(), req)
			require.NoError(t, err)
			require.Len(t, c.GetAttempts(), 1, "what was refused is not on record, what was tried is")
			for id, duty := range d.duties(t, complaint) {
				require.Equal(t, followupv1.Duty_OPEN, duty.GetState(), id)
			}
		})
	}
}

// wrongField is the one field that an error names.
func wrongField(t *testing.T, err error) string {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if bad, ok := detail.(*errdetails.BadRequest); ok {
			require.Len(t, bad.GetFieldViolations(), 1)
			return bad.GetFieldViolations()[0].GetField()
		}
	}
	return ""
}
