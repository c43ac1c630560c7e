// Package check holds the files of deploy to what they are read by: the Dockerfile by BuildKit's parser and linter, compose.yaml by
// Compose's loader, alerts and dashboards by Prometheus' parsers, the manifests by Kustomize and the types of Kubernetes. And it holds
// them to the product: every metric that is asked for is emitted, every setting is one that the program understands, every runbook is
// there.
//
// It is a module of its own, outside the workspace, so that nothing it needs comes into the programs. `make check-deploy` runs it.
//
// Each function takes what it checks and returns everything that is wrong with it, joined into one error; nil when nothing is.
package check
