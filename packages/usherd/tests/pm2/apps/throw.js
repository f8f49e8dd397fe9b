// Ends at once, badly.
throw new Error('no way');
