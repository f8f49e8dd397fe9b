export default { serverExternalPackages: ['pg'], outputFileTracingRoot: import.meta.dirname };
