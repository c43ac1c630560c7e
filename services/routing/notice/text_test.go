package notice_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/routing/notice"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	words, err := notice.NewWords()
	require.NoError(t, err)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	facts := notice.Facts{
		About: "ESCALATION", Complaint: "R-7K3M-9QX2-C", Kind: "CALLBACK", Reason: "CALLBACK_MISSED", Level: 2,
		DueTime: time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC), Count: 7, Link: "https://crm.example/c/1",
	}
	for about := range routingv1.Notice_About_value {
		if about == "ABOUT_UNSPECIFIED" {
			continue
		}
		for _, language := range []string{"zh-Hans", "zh-Hant", "en"} {
			for kind := range policyv1.DutyKind_value {
				f := facts
				f.About, f.Kind = about, kind
				subject, text, err := words.Write(language, shanghai, f)
				require.NoError(t, err)
				require.NotContains(t, subject+text, "_")
				require.Contains(t, text, f.Link)
			}
		}
	}
	subject, text, err := words.Write("en", shanghai, facts)
	require.NoError(t, err)
	require.Equal(t, "Complaint R-7K3M-9QX2-C has reached level 2", subject)
	require.Equal(t, "Complaint R-7K3M-9QX2-C has reached level 2 and is brought before you: the callback was not made in time."+
		" It was due by Monday, 23 November 2026, 00:30 (UTC+8).\n\nSee https://crm.example/c/1\n", text)
	facts.DueTime, facts.Link, facts.Reason = time.Time{}, "", "A_LATER_ONE"
	_, text, err = words.Write("zh-Hans", shanghai, facts)
	require.NoError(t, err)
	require.Equal(t, "投诉 R-7K3M-9QX2-C 已升级至第 2 级，请您跟进。原因：需要关注。\n", text)
	_, _, err = words.Write("fr", shanghai, facts)
	require.Error(t, err)
	facts.About = "SOMETHING"
	_, _, err = words.Write("en", shanghai, facts)
	require.Error(t, err)
}
