package gateway_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// TestFormOfAnswers holds what front ends rely on: camelCase, enum values by name, also those that are not set, 64-bit
// numbers as text, and empty values that are there.
func TestFormOfAnswers(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.desk.answers(func(context.Context, proto.Message) (*intakev1.Complaint, error) {
		return &intakev1.Complaint{
			Name: name, State: intakev1.Complaint_ACTIVE, Severity: policyv1.Severity_HIGH, Cycle: 1, Channel: intakev1.Complaint_SOCIAL_MEDIA,
			Statement:   "<b>客户 & \u2028",
			Complainant: &intakev1.Complainant{DisplayName: "林", PreferredChannel: policyv1.ContactWay_SMS},
			Demands: []*intakev1.Demand{{
				Kind: intakev1.Demand_REFUND, Amount: &money.Money{CurrencyCode: "CNY", Units: 9_007_199_254_740_993, Nanos: 500_000_000},
			}},
			ReceiveTime: timestamppb.New(time.Date(2026, 1, 31, 1, 30, 0, 0, time.UTC)),
			Targets:     &intakev1.Targets{FirstResponse: timestamppb.New(time.Date(2026, 1, 31, 2, 0, 0, 1000, time.UTC))},
		}, nil
	})
	a := w.call(t, http.MethodGet, "/v1/"+name, "")
	require.Equal(t, http.StatusOK, a.status, a.text)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	want := object{
		"state": "ACTIVE", "severity": "HIGH", "channel": "SOCIAL_MEDIA", "outcome": "OUTCOME_UNSPECIFIED", "cycle": 1.0,
		"statement": "<b>客户 & \u2028", "receiveTime": "2026-01-31T01:30:00Z", "objections": []any{}, "assignee": "",
		"targets": object{"firstResponse": "2026-01-31T02:00:00.000001Z"},
		"demands": []any{object{
			"text": "", "kind": "REFUND", "amount": object{"currencyCode": "CNY", "units": "9007199254740993", "nanos": 500_000_000.0},
		}},
	}
	for field, want := range want {
		require.Equal(t, want, a.body[field], field)
	}
	complainant, ok := a.body["complainant"].(object)
	require.True(t, ok)
	require.Equal(t, "林", complainant["displayName"])
	require.Equal(t, "SMS", complainant["preferredChannel"])
	require.NotContains(t, a.body, "closeTime", "a time that there is not is absent")
}
