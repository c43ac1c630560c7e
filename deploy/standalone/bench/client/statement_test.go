package client_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/deploy/standalone/bench/client"
)

// TestBook proves what the results say about the complaints: their length, and how many are of known customers.
func TestBook(t *testing.T) {
	t.Parallel()
	book := client.NewBook()
	book.Known, book.Customers = 30, 500
	phones, statements := map[string]bool{}, map[string]bool{}
	known, bytes := 0, 0
	for n := range 10_000 {
		c := book.Complaint(n)
		require.False(t, statements[c.GetStatement()], "a statement twice")
		statements[c.GetStatement()] = true
		bytes += len(c.GetStatement())
		require.Greater(t, len(c.GetStatement()), 650)
		require.Less(t, len(c.GetStatement()), 1000)
		if phones[c.GetComplainant().GetPhone()] {
			require.GreaterOrEqual(t, n, book.Customers)
			known++
		}
		phones[c.GetComplainant().GetPhone()] = true
	}
	require.InDelta(t, 0.30*9_500, known, 50)
	require.InDelta(t, 800, bytes/10_000, 40)
}
