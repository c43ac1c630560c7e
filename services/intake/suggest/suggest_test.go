package suggest_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/intake/suggest"
)

// TestSeedsAlone: with no history the policy's words suggest, in any script, and say so.
func TestSeedsAlone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2")
	m := model(t, config(t))
	for text, want := range map[string][3]string{
		"快递三天了还没送到，物流不更新":                                    {"LOGISTICS", "departments/logistics", "物流"},
		"宅配到現在還沒送到，貨物卡在轉運中心":                                 {"LOGISTICS", "departments/logistics", "宅配"},
		"The courier lost my parcel in transit":              {"LOGISTICS", "departments/logistics", "courier"},
		"ＲＥＦＵＮＤ the fee you CHARGED me":                      {"PRICE", "departments/billing", "refund"},
		"服務人員態度惡劣，還罵人":                                       {"ATTITUDE", "departments/customer-service", "恶劣"},
		"冰箱不制冷，维修两次没修好":                                      {"QUALITY", "departments/quality", "不制冷"},
		"My personal data was leaked, privacy means nothing": {"OTHER", "departments/customer-service", "privacy"},
	} {
		s := m.Suggest(text)
		require.Equal(t, want[0], s.Scenario.Value, text)
		require.Equal(t, want[1], s.Department.Value, text)
		require.Contains(t, s.Scenario.Terms, want[2], text)
		require.Contains(t, s.Department.Terms, want[2], text)
		require.Greater(t, s.Scenario.Confidence, 0.3, text)
		require.LessOrEqual(t, s.Scenario.Confidence, 1.0)
		require.Zero(t, s.Learned)
		require.Empty(t, s.Similar)
	}
	for _, text := range []string{"", "！！！", "\xff\xfe", "abc", strings.Repeat("！", 50_000)} {
		require.Empty(t, m.Suggest(text).Scenario.Value, "nothing speaks for anything")
	}
	found := m.Suggest("客服承诺当天到，你们保证过，当初说好的，号称次日达")
	require.NotEmpty(t, found.Causes)
	require.Equal(t, "EXPECTATION_OVER_PROMISED", found.Causes[0].Value)
}

// The department that is suggested is that of the suggested scenario as long as nobody named one, also when several scenarios of
// another department speak together.
func TestDepartmentOfTheSuggestedScenario(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ASSESS-2")
	m := model(t, config(t))
	for _, text := range []string{
		"My parcel never came, the driver was rude", "快递没送到，司机态度恶劣，还泄露我的隐私", "The courier lost my parcel and was rude and my privacy was violated",
	} {
		s := m.Suggest(text)
		require.NotEmpty(t, s.Scenario.Value, text)
		want := map[string]string{"LOGISTICS": "departments/logistics", "ATTITUDE": "departments/customer-service", "OTHER": "departments/customer-service"}
		require.Equal(t, want[s.Scenario.Value], s.Department.Value, text)
		require.NotEmpty(t, s.Department.Terms, text)
	}
}

// TestLearns: what people assess outvotes what was thought before.
func TestLearns(t *testing.T) {
	t.Parallel()
	m := model(t, config(t))
	text := "蓝莓果酱的盖子拧不开"
	require.Empty(t, m.Suggest(text).Scenario.Value)
	var all []suggest.Example
	for i := range 12 {
		e := suggest.Example{
			Name: name(i), Text: "草莓果酱的盖子拧不开，换一瓶也是", Scenario: policyv1.Scenario_QUALITY, Department: "departments/jam",
			Causes: []policyv1.Cause{policyv1.Cause_QUALITY_PACKAGING}, Ruling: policyv1.Responsibility_PROBLEM_RECORD,
		}
		if i%2 == 1 {
			e.Text, e.Scenario, e.Department, e.Causes = "门店排队太久", policyv1.Scenario_OTHER, "departments/shop", nil
		}
		all = append(all, e)
	}
	m.Learn(all...)
	s := m.Suggest(text)
	require.Equal(t, 12, s.Learned)
	require.Equal(t, "QUALITY", s.Scenario.Value)
	require.Equal(t, "departments/jam", s.Department.Value)
	require.Equal(t, "QUALITY_PACKAGING", s.Causes[0].Value)
	require.NotEmpty(t, s.Scenario.Terms)
	for _, term := range s.Scenario.Terms {
		require.Contains(t, text, term, "reasons are words of the text")
	}
	require.Equal(t, name(10), s.Similar[0].Name, "the newest of those that are equally alike")
	require.Equal(t, policyv1.Responsibility_PROBLEM_RECORD, s.Similar[0].Ruling)
	require.Len(t, s.Similar, 5)

	m.Replace(all[:2])
	require.Equal(t, 2, m.Suggest(text).Learned)
	m.Replace(nil)
	require.Zero(t, m.Suggest(text).Learned)
	require.Empty(t, m.Suggest(text).Scenario.Value, "all is forgotten")
}

// TestSameExamplesSameModel: the order in which complaints were assessed changes nothing.
func TestSameExamplesSameModel(t *testing.T) {
	t.Parallel()
	all := examples(letters(t, development))
	one, other := model(t, config(t)), model(t, config(t))
	one.Replace(all)
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	other.Replace(reversed)
	for _, e := range all[:50] {
		require.Equal(t, one.Suggest(e.Text), other.Suggest(e.Text))
	}
}

// TestBounded: the newest examples of each scenario stay, and learning one again replaces it.
func TestBounded(t *testing.T) {
	t.Parallel()
	cfg := proto.CloneOf(config(t))
	cfg.MaxExamples, cfg.MaxTerms = 20, 100
	m := model(t, cfg)
	all := examples(letters(t, development))
	for _, e := range all {
		m.Learn(e)
	}
	for _, e := range all {
		require.LessOrEqual(t, m.Suggest(e.Text).Learned, 24)
	}
	few := model(t, cfg)
	for range 3 {
		few.Learn(all[0])
	}
	require.Equal(t, 1, few.Suggest(all[0].Text).Learned)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	m := model(t, config(t))
	all := examples(letters(t, development))[:40]
	var done sync.WaitGroup
	for _, e := range all {
		done.Go(func() { m.Learn(e) })
		done.Go(func() { m.Suggest(e.Text) })
	}
	done.Wait()
	m.Replace(all)
	require.Equal(t, 40, m.Suggest("x").Learned)
}

// FuzzSuggest: whatever is said, confidences are likelihoods and reasons are not empty words.
func FuzzSuggest(f *testing.F) {
	for _, l := range letters(f, development)[:30] {
		f.Add(l.Text)
	}
	f.Add("\xff\u200b１２３￥元")
	m := model(f, config(f))
	m.Learn(examples(letters(f, development)[:60])...)
	f.Fuzz(func(t *testing.T, text string) {
		s := m.Suggest(text)
		for _, guess := range append(slices.Clone(s.Causes), s.Scenario, s.Department) {
			require.GreaterOrEqual(t, guess.Confidence, 0.0)
			require.LessOrEqual(t, guess.Confidence, 1.0)
			require.NotContains(t, guess.Terms, "")
		}
		for _, similar := range s.Similar {
			require.LessOrEqual(t, similar.Similarity, 1.0)
		}
	})
}
