package intake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
)

func TestMasked(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	for given, want := range map[string]string{
		"":               "",
		"+8613912345678": "+86*******5678",
		"+14155552671":   "+1******2671",
		"+85223456789":   "+852****6789",
		"no number":      "***",
	} {
		require.Equal(t, want, maskPhone(given))
	}
	masked := Complainant{
		DisplayName: "王小明", Phone: "+8613912345678", Email: "wang@example.com", CustomerID: "C-77", LanguageCode: "zh-Hans",
		PreferredChannel: 1, ContactHours: "18:00-21:00",
	}.masked()
	require.Equal(t, Complainant{
		DisplayName: "王***", Phone: "+86*******5678", Email: "w***@…", CustomerID: "***", LanguageCode: "zh-Hans",
		PreferredChannel: 1, ContactHours: "18:00-21:00",
	}, masked)
	require.Equal(t, Complainant{}, Complainant{}.masked())
	require.Equal(t, Filing{Demands: []Demand{{Kind: 1, Amount: Money{Currency: "CNY", Units: 200}}}},
		Filing{Statement: "words", Target: Target{Person: "x"}, Demands: []Demand{{Text: "words", Kind: 1, Amount: Money{Currency: "CNY", Units: 200}}}}.masked())
	require.Equal(t, Details{Objections: []string{"callback"}},
		Details{Notes: "n", Resolution: "r", Objections: []string{"callback"}, Remarks: []Remark{{Text: "t"}}}.masked())
}

func TestDemanded(t *testing.T) {
	t.Parallel()
	cny := func(units int64, nanos int32) Demand {
		return Demand{Amount: Money{Currency: "CNY", Units: units, Nanos: nanos}}
	}
	for name, test := range map[string]struct {
		demands []Demand
		want    totals
	}{
		"none":           {nil, nil},
		"no money":       {[]Demand{{Text: "an apology"}}, nil},
		"one":            {[]Demand{cny(200, 0), {Text: "an apology"}}, totals{{Currency: "CNY", Units: 200}}},
		"carried over":   {[]Demand{cny(1, 600_000_000), cny(2, 700_000_000)}, totals{{Currency: "CNY", Units: 4, Nanos: 300_000_000}}},
		"two currencies": {[]Demand{cny(1, 0), {Amount: Money{Currency: "USD", Units: 1}}, cny(1, 0)}, totals{{Currency: "CNY", Units: 2}, {Currency: "USD", Units: 1}}},
	} {
		require.Equal(t, test.want, Filing{Demands: test.demands}.demanded(), name)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"139 1234 5678":     "+8613912345678",
		"+86-139-1234-5678": "+8613912345678",
		"０１０-６５５２９９８８":      "+861065529988",
		"+1 (415) 555-2671": "+14155552671",
		"0085223456789":     "+85223456789",
	} {
		c := Complainant{Phone: " " + given + " "}
		require.NoError(t, c.normalize("CN"), given)
		require.Equal(t, want, c.Phone)
	}
	for _, phone := range []string{"12", "abc", "+999123456789", "139123456789012345"} {
		require.Error(t, (&Complainant{Phone: phone}).normalize("CN"), phone)
	}
	require.Error(t, (&Complainant{Phone: " ", CustomerID: "\t"}).normalize("CN"))
}
