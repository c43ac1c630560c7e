package workflows

import "go.temporal.io/sdk/converter"

// DataConverter returns the converter that clients, workers and replays of these workflows use. It writes protos as
// JSON, readable in the Temporal UI, and ignores fields that it does not know: while a new release is rolled out, workers
// of the old one read what the new one wrote.
func DataConverter() converter.DataConverter {
	return converter.NewCompositeDataConverter(
		converter.NewNilPayloadConverter(),
		converter.NewByteSlicePayloadConverter(),
		converter.NewProtoJSONPayloadConverterWithOptions(converter.ProtoJSONPayloadConverterOptions{AllowUnknownFields: true}),
		converter.NewProtoPayloadConverter(),
		converter.NewJSONPayloadConverter(),
	)
}
