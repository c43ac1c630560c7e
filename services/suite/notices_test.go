package suite_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

// Mistakes in the ways to staff are told by the flag's name, before anything is begun; no secret stands in an error, or is printed.
func TestSettingsOfNotices(t *testing.T) {
	t.Parallel()
	const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for says, cfg := range map[string]suite.NoticeConfig{
		"":                 {MailServer: "127.0.0.1:25", MailSecurity: "none", MailFrom: "a@b.example", WebhookURL: "https://a/s3cret", WebhookSecret: key, Link: "https://a/{complaint}"},
		"--smtp-from":      {MailServer: "127.0.0.1:25"},
		"--smtp-security":  {MailServer: "mail.example:25", MailSecurity: "none", MailFrom: "a@b.example", MailUser: "u", MailPassword: "s3cret"},
		"--webhook-secret": {WebhookURL: "https://a/s3cret", WebhookSecret: "s3cret"},
		"--webhook-url":    {WebhookURL: "a/s3cret", WebhookSecret: key},
		"is not: nobody":   {WebhookSecret: key},
		"--notice-link":    {Link: "https://a/"},
	} {
		err := suite.Config{Notices: cfg}.Check()
		if says == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "s3cret")
	}

	var cfg suite.Config
	read, err := settings.Read(&cfg, settings.Source{Program: "test", Args: []string{
		"--webhook-url=https://hooks.example/s3cret", "--webhook-secret=s3cret", "--smtp-password=s3cret", "--smtp-addr=mail.example:587",
	}})
	require.NoError(t, err)
	var printed bytes.Buffer
	require.NoError(t, read.Print(&printed))
	require.NotContains(t, printed.String(), "s3cret")
	require.Contains(t, printed.String(), "webhook-url: xxxxx # --webhook-url, masked\n")
	require.Contains(t, printed.String(), "smtp-addr: mail.example:587 # --smtp-addr\n")
	require.Contains(t, printed.String(), "smtp-security: starttls # default\n")
}
