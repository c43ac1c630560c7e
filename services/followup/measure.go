package followup

import "context"

// Watched is a channel that tells failed of each message that it did not take, with the names of channel and template. The
// one who asked is told as well, and tries again.
func Watched(channel Channel, failed func(ctx context.Context, channel, template string)) Channel {
	return watched{channel, failed}
}

type watched struct {
	Channel

	failed func(ctx context.Context, channel, template string)
}

// Send implements Channel.
func (w watched) Send(ctx context.Context, message Message) (string, error) {
	proof, err := w.Channel.Send(ctx, message)
	if err != nil {
		w.failed(ctx, w.Name(), message.Template)
	}
	return proof, err
}
